import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../core/exec.ts';
import { writeTar } from '../../core/export/archive.ts';
import { mountSmallDisk } from '../store/small-disk.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-archive-'));
const at = (...parts: string[]): string => path.join(dir, ...parts);
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const options = () => {
  const stop = new AbortController();
  return { stop, timeS: 1, signal: stop.signal };
};
const large = at('large');
writeFileSync(large, Buffer.alloc(4 * 1024 ** 2, 'x'));
const text = { name: 'a.txt', text: 'a' };

describe('an archive', () => {
  it('is read by GNU tar, in its order', async () => {
    await writeTar(at('good.tar'), [text, { name: 'large', file: large }], options());
    expect((await run('tar', ['-tf', at('good.tar')])).stdout).toBe('a.txt\nlarge');
  });

  // The test runner reports a rejection that nobody waits for: it would end a process of ours without a word.
  it('ends with the reason when a member is not there, and with nothing open behind it', async () => {
    const { stop, ...how } = options();
    const members = [text, { name: 'large', file: large }, { name: 'gone', file: at('gone') }];
    await expect(writeTar(at('gone.tar'), members, how)).rejects.toMatchObject({ code: 'ENOENT' });
    stop.abort();
  });

  it('ends with the reason when its disk is full', async context => {
    const disk = await mountSmallDisk(at('small'), 64 * 1024);
    if (!disk) return context.skip('Mounting is not allowed here.');
    const { stop, ...how } = options();
    const made = writeTar(at('small/full.tar'), [text, { name: 'large', file: large }, text], how);
    await expect(made).rejects.toMatchObject({ code: 'ENOSPC' });
    stop.abort();
    await disk.unmount();
  });

  it('ends at once when it is cancelled', async () => {
    const { stop, ...how } = options();
    const made = writeTar(at('cancelled.tar'), [text, { name: 'large', file: large }], how);
    stop.abort();
    await expect(made).rejects.toMatchObject({ name: 'AbortError' });
    rmSync(at('cancelled.tar'), { force: true });
    await sleep(50);
    expect(existsSync(at('cancelled.tar'))).toBe(false);
  });
});
