import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { growFolder } from '../../core/export/folder.ts';
import { convertImage } from '../../core/media/qemu-img.ts';
import { mountSmallDisk } from '../store/small-disk.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-folder-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const at = (...parts: string[]): string => path.join(dir, ...parts);
const { signal } = new AbortController();

/** Grows a folder with one file; `meanwhile` happens just before it gets its name. */
const grow = (out: string, meanwhile: () => void = () => {}): Promise<string> =>
  growFolder(out, 'a test', signal, async ({ incoming, scratch, publish }) => {
    mkdirSync(scratch);
    await writeFile(path.join(incoming, 'file'), out);
    meanwhile();
    await publish();
    return out;
  });

describe('a folder that grows', () => {
  it.each([
    ['plain', 'out'],
    ['with blanks, quotes and dollars', `it's "a" $(name)`],
    ['with other letters and a line end', 'grüße-日本\nx'],
    ['that looks like an option', '-rf'],
    ['in folders that are to come', 'a/b/c'],
    ['of the longest name there is', 'm'.repeat(255)],
  ])('is there whole, and nothing beside it: %s', async (_, name) => {
    await grow(at(name));
    expect(readFileSync(at(name, 'file'), 'utf8')).toBe(at(name));
    expect(readdirSync(path.dirname(at(name))).filter(one => one.startsWith('.'))).toEqual([]);
  });

  it.each([
    ['below a file', () => at('plain-file', 'out'), 'what stands before its name is no folder'],
    ['with a name that is too long', () => at('n'.repeat(260)), 'its name is too long'],
    ['where the kernel makes all names', () => '/proc/out', 'no folder can be made there'],
  ])('is refused with the reason: %s', async (_, out, reason) => {
    writeFileSync(at('plain-file'), '');
    await expect(grow(out())).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(reason) });
  });

  it('is made by one at a time', async () => {
    const both = await Promise.allSettled([grow(at('once')), grow(at('once'))]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'busy' } });
  });

  const byUs = (folder: string): Promise<void> => writeFile(path.join(folder, 'file'), Buffer.alloc(1024 ** 2));
  const byQemuImg = async (folder: string): Promise<void> => {
    writeFileSync(at('full.raw'), Buffer.alloc(1024 ** 2, 'x'));
    const from = { path: at('full.raw'), format: 'raw' } as const;
    await convertImage(from, { path: path.join(folder, 'file'), format: 'qcow2' });
  };
  it.for([
    ['of ours', byUs],
    ['of qemu-img', byQemuImg],
  ] as const)('on a disk that gets full leaves nothing, and says what helps: a file %s', async ([, fills], context) => {
    const disk = await mountSmallDisk(at('small'), 512 * 1024);
    if (!disk) return context.skip('Mounting is not allowed here.');
    try {
      const fill = growFolder(at('small/out'), 'a test', signal, ({ incoming }) => fills(incoming));
      await expect(fill).rejects.toMatchObject({
        code: 'disk-full',
        message: expect.stringContaining('no room for a test'),
        hint: expect.stringContaining('with -o'),
      });
      expect(readdirSync(at('small'))).toEqual([]);
    } finally {
      await disk.unmount();
    }
  });

  it('never takes the place of what somebody put there meanwhile', async () => {
    const theirs = (): void => {
      mkdirSync(at('taken'));
      writeFileSync(at('taken', 'theirs'), '');
    };
    await expect(grow(at('taken'), theirs)).rejects.toMatchObject({ code: 'exists' });
    expect(readdirSync(at('taken'))).toEqual(['theirs']);
    await expect(grow(at('file'), () => writeFileSync(at('file'), ''))).rejects.toMatchObject({ code: 'exists' });
    expect(readdirSync(dir).filter(name => name.startsWith('.'))).toEqual([]);
  });
});
