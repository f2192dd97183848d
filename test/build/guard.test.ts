import { describe, expect, it } from 'vitest';
import { Guard, within } from '../../core/build/guard.ts';
import type { Vm, VmExit } from '../../core/drivers/driver.ts';

const forever = new Promise<never>(() => {});
const dying = (exit: VmExit): Vm => ({ exited: Promise.resolve(exit) }) as unknown as Vm;

describe('a guarded wait', () => {
  it('gives the result of what is waited for', async () => {
    await expect(new Guard(new AbortController().signal).during(Promise.resolve(7))).resolves.toBe(7);
  });

  it('ends at once when the machine dies, with its last words', async () => {
    const guard = new Guard(new AbortController().signal);
    guard.watch(dying({ isExpected: false, reason: 'QEMU was ended by SIGKILL', lastLines: ['out of memory'] }));
    await expect(guard.during(forever)).rejects.toMatchObject({
      code: 'qemu-failed',
      message: expect.stringContaining('out of memory'),
    });
  });

  it('goes on when the end of the machine was wanted', async () => {
    const guard = new Guard(new AbortController().signal);
    guard.watch(dying({ isExpected: true, reason: '', lastLines: [] }), () => true);
    await expect(within(50, 'waiting', guard.during(forever))).rejects.toMatchObject({ code: 'timed-out' });
  });

  it('ends when the build is cancelled', async () => {
    const cancel = new AbortController();
    const waiting = new Guard(cancel.signal).during(forever);
    cancel.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
