import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { carried } from '../../core/cli/commands/build-several.ts';
import type { Watch } from '../../core/model/engine.ts';
import { GoldsmithError } from '../../core/model/failure.ts';
import { FakeEngine } from './fake-engine.ts';
import { goldsmith, type Shell } from './shell.ts';

const cwd = mkdtempSync(path.join(tmpdir(), 'goldsmith-several-'));
writeFileSync(path.join(cwd, 't.pkr.hcl'), '');
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

let engine: FakeEngine;
beforeEach(() => {
  engine = new FakeEngine();
  engine.builders = ['qemu.a', 'qemu.b', 'qemu.long'];
});
const build = (options: string, shell: Shell = {}) =>
  goldsmith(`build t.pkr.hcl ${options}`, { engine, cwd, ...shell });

/** How many builds run at once at the most; each waits until no other one begins. */
function watchCrowd(): { most: () => number } {
  let [now, most] = [0, 0];
  engine.during = async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise(resolve => setTimeout(resolve, 50));
    now -= 1;
  };
  return { most: () => most };
}

describe('the builders of a template', () => {
  it.each([
    ['--parallel-builds=1', 1],
    ['-parallel-builds=2', 2],
    ['--parallel-builds 0', 3],
    ['--parallel-builds 9', 3],
  ])('are built with %s so many at a time: %i', async (option, most) => {
    const crowd = watchCrowd();
    const { status, out } = await build(option);
    expect(status).toBe(0);
    expect(crowd.most()).toBe(most);
    expect(engine.asked.filter(([what]) => what === 'build').map(([, , options]) => options)).toMatchObject([
      { only: ['qemu.a'] },
      { only: ['qemu.b'] },
      { only: ['qemu.long'] },
    ]);
    expect(out.trim().split('\n').at(-1)).toBe('3 of 3 built: qemu.a, qemu.b, qemu.long.');
  });

  it('have their names before each line', async () => {
    const { out } = await build('--parallel-builds=0', { isTTY: true });
    const [first, ...lines] = out.trim().split('\n');
    expect(first).toBe('3 builders, 3 at a time.');
    const labels = lines
      .filter(line => line !== '')
      .slice(0, -1)
      .map(line => line.slice(0, 11));
    expect(new Set(labels)).toEqual(new Set(['qemu.a    |', 'qemu.b    |', 'qemu.long |']));
    expect(out).toContain('qemu.b    | Released web@v1.');
  });

  it('do not lose one another when one fails; its status is the end’s', async () => {
    engine.during = async (_watch, { only }) => {
      if (only[0] === 'qemu.b') throw new GoldsmithError('guest-auth', 'No way in.', { hint: 'Look.' });
    };
    for (const option of ['--parallel-builds=1', '--parallel-builds=3']) {
      const { status, out } = await build(option);
      expect(status).toBe(6);
      expect(out).toContain('qemu.b    | error: No way in.\nqemu.b    |   hint: Look.');
      expect(out.trim().split('\n').at(-1)).toBe('2 of 3 built: qemu.a, qemu.long. 1 failed: qemu.b.');
    }
  });

  it('are told apart in JSON, line by line, to the last', async () => {
    engine.during = async (_watch, { only }) => {
      if (only[0] === 'qemu.a') throw new GoldsmithError('disk-full', 'Full.');
    };
    const { status, out } = await build('--json --parallel-builds=0');
    expect(status).toBe(10);
    const lines = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
    const last = lines.pop();
    expect(last).toEqual({ type: 'builds', ok: false, built: ['qemu.b', 'qemu.long'], failed: ['qemu.a'] });
    expect(lines.every(({ builder }) => engine.builders.includes(String(builder)))).toBe(true);
    expect(lines.filter(({ type }) => type === 'failure')).toMatchObject([
      { ok: false, builder: 'qemu.a', failure: { code: 'disk-full' } },
    ]);
    expect(lines.filter(({ type }) => type === 'result')).toMatchObject([{ ok: true }, { ok: true }]);
  });

  it('end all with Ctrl-C, and none begins after it', async () => {
    const cancel = new AbortController();
    engine.during = watch =>
      new Promise((_resolve, reject) => {
        const signal = watch.signal as AbortSignal;
        signal.addEventListener('abort', () => reject(new GoldsmithError('cancelled', 'Cancelled.')));
        setTimeout(() => cancel.abort(), 50);
      });
    const { status, err } = await build('--parallel-builds=2', { signal: cancel.signal });
    expect(status).toBe(130);
    expect(err).toContain('Cancelled.');
    expect(engine.asked.filter(([what]) => what === 'build')).toHaveLength(2);
  });

  it('are asked about one after the other', async () => {
    const asking: string[] = [];
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    engine.during = async (watch: Watch) => {
      const answer = watch.ask?.({ text: 'What now?', choices: [{ key: 'c', label: 'clean up' }] });
      asking.push('asked');
      setTimeout(() => stdin.write('c\n'), 50 * asking.length);
      expect(await answer).toBe('c');
    };
    const { out } = await build('--parallel-builds=0 --plain', { stdin, isTTY: true });
    for (const builder of engine.builders) expect(out).toContain(`${builder}: What now?`);
    expect(asking).toHaveLength(3);
  });

  it('that leave the same folder are refused before anything is made', async () => {
    engine.sharesOutputs = true;
    const { status, err } = await build('');
    expect(status).toBe(3);
    expect(err).toContain('qemu.a and qemu.b have the same output directory, output-web.');
    expect(engine.asked.some(([what]) => what === 'build')).toBe(false);
  });

  it('refuses a number that is none', async () => {
    expect((await build('--parallel-builds=-1')).err).toContain('It is a whole number.');
  });
});

it('as many at once as processors and memory carry, one at the least', () => {
  const machine = (count: number, memoryMiB: number) => ({ cpus: { count }, memoryMiB });
  const six = Array.from({ length: 6 }, () => machine(2, 2048));
  expect(carried(six, { processors: 8, freeMiB: 64_000 })).toBe(4);
  expect(carried(six, { processors: 64, freeMiB: 64_000 })).toBe(6);
  expect(carried(six, { processors: 64, freeMiB: 6000 })).toBe(2);
  expect(carried([machine(8, 16_000), machine(1, 512)], { processors: 2, freeMiB: 4000 })).toBe(1);
});

it('a secret answer is not shown', async () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  let given = '';
  engine.during = async watch => {
    const answer = watch.ask?.({ text: 'jump:22: Password:', choices: [], isSecret: true });
    setTimeout(() => stdin.write('tr0ub4dor\r'), 50);
    given = (await answer) ?? '';
  };
  const { out } = await goldsmith('build web --plain', { engine, stdin });
  expect(given).toBe('tr0ub4dor');
  expect(out).toContain('jump:22: Password:');
  expect(out).not.toContain('tr0ub4dor');
});
