import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkGpt } from '../../core/export/checks/gpt.ts';
import { moveGptBackup, readLayout } from '../../core/export/gpt.ts';
import { readPartitions } from '../../core/export/root/partitions.ts';
import { makeGptDisk, checkGpt as secondReader } from './gpt-disk.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-gpt-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = path.join(dir, 'disk');
const MIB = 1024 ** 2;
const BYTES = 20 * MIB;
const GROWN = 24 * MIB;

/** A change to a disk that was grown. @returns what the check finds of it */
async function grown(change: (disk: Buffer) => void = () => {}, sector = 512) {
  await makeGptDisk(file, BYTES, sector);
  truncateSync(file, GROWN);
  const disk = readFileSync(file);
  change(disk);
  writeFileSync(file, disk);
  await moveGptBackup(file, GROWN);
  return { before: disk, after: readFileSync(file), found: await check(GROWN) };
}

const check = (virtualBytes: number) => {
  const disk = readFileSync(file);
  const read = async (at: number, length: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(length);
    if (at < disk.length) disk.copy(bytes, 0, at, at + length);
    return bytes;
  };
  return checkGpt(read, disk.length, virtualBytes);
};

describe.each([512, 4096])('a GPT in sectors of %i bytes', sector => {
  it('has its backup at the end after the disk has grown, and nothing else is another', async () => {
    const { before, after } = await grown(() => {}, sector);
    expect(await secondReader(file, GROWN, sector)).toEqual([true, true]);
    expect(await check(BYTES)).toEqual([]);
    const [from, to] = [2048 * sector, BYTES - 6 * 4096];
    expect(after.subarray(from, to).equals(before.subarray(from, to))).toBe(true);
    // The old backup is gone: a tool that searches for one finds the right one.
    expect(after.subarray(BYTES - sector, BYTES).every(byte => byte === 0)).toBe(true);
    expect((await readLayout(file)).table).toBe('gpt');
    const [only] = await readPartitions(file, GROWN);
    expect(only?.start).toBe(2048 * sector);
  });
});

describe('a disk that has grown stays as it was', () => {
  it.each([
    ['when an old GPT lies behind an MBR of today', (disk: Buffer) => void disk.writeUInt8(0x83, 450)],
    ['when it has no partition table', (disk: Buffer) => void disk.fill(0, 0, 512)],
    ['when its header is damaged', (disk: Buffer) => void disk.writeUInt8(7, 512 + 40)],
    ['when its header asks for a table of many GiB', (disk: Buffer) => void disk.writeUInt32LE(0xffffffff, 512 + 80)],
  ])('%s', async (_, change) => {
    const { before, after } = await grown(change);
    expect(after.equals(before)).toBe(true);
  });

  it('where the old backup would have been, when there is none', async () => {
    const { after } = await grown(disk => disk.fill('data', BYTES - 512, BYTES));
    expect(after.toString('latin1', BYTES - 512, BYTES)).toBe('data'.repeat(128));
    expect(await check(BYTES)).toEqual([]);
  });
});

describe('a disk as it was sealed', () => {
  it('may have its backup elsewhere than at its end: somebody made it larger before', async () => {
    await makeGptDisk(file, BYTES);
    truncateSync(file, GROWN);
    expect(await check(GROWN)).toEqual([]);
    expect(await check(BYTES)).toEqual(['its GPT looks for its backup elsewhere than at the end']);
  });

  it.each([
    ['the header', 512 + 57, 'the header of its GPT is damaged'],
    ['the table', 1024 + 5, 'the table of its GPT is damaged'],
    ['the backup', BYTES - 512 + 57, 'the backup of its GPT is not where it must be, or damaged'],
    ['its table', BYTES - 33 * 512 + 5, 'the table in the backup of its GPT is damaged'],
  ])('is found damaged in %s', async (_, at, wrong) => {
    await makeGptDisk(file, BYTES);
    const disk = readFileSync(file);
    disk[at] = (disk[at] ?? 0) ^ 1;
    writeFileSync(file, disk);
    expect(await check(BYTES)).toEqual([wrong]);
  });
});
