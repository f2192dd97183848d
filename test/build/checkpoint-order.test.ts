import { expect, it } from 'vitest';
import { MomentOrder } from '../../core/build/checkpoint-order.ts';

/** Work that says when it begins and ends, and ends when it is told to. */
function told(log: string[], name: string) {
  let end: () => void = () => {};
  const ended = new Promise<void>(resolve => (end = resolve));
  const work = async (): Promise<string> => {
    log.push(`${name} begins`);
    await ended;
    log.push(`${name} ends`);
    return name;
  };
  return { work, end };
}

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

it('passes the next moment while the one before is still being kept', async () => {
  const log: string[] = [];
  const order = new MomentOrder();
  const keeping = told(log, 'keep 1');
  await order.pass(async () => log.push('pass 1'));
  const kept = order.keep(keeping.work);
  await order.pass(async () => log.push('pass 2'));
  const second = order.keep(async () => log.push('keep 2'));
  expect(log).toEqual(['pass 1', 'keep 1 begins', 'pass 2']);
  keeping.end();
  expect(await kept).toBe('keep 1');
  await second;
  expect(log.slice(3)).toEqual(['keep 1 ends', 'keep 2']);
});

it('goes back only when all is kept, and passes no moment meanwhile', async () => {
  const log: string[] = [];
  const order = new MomentOrder();
  const keeping = told(log, 'keep');
  const back = told(log, 'back');
  void order.keep(keeping.work);
  const gone = order.alone(back.work);
  const passed = order.pass(async () => log.push('pass'));
  await settled();
  expect(log).toEqual(['keep begins']);
  keeping.end();
  await settled();
  expect(log).toEqual(['keep begins', 'keep ends', 'back begins']);
  back.end();
  await Promise.all([gone, passed]);
  expect(log.slice(3)).toEqual(['back ends', 'pass']);
});

it('goes on after work that failed', async () => {
  const order = new MomentOrder();
  const fail = async (): Promise<never> => {
    throw new Error('no');
  };
  await expect(order.pass(fail)).rejects.toThrow('no');
  await expect(order.keep(fail)).rejects.toThrow('no');
  expect(await order.alone(async () => 'done')).toBe('done');
});
