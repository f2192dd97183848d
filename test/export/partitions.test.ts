import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPartitions } from '../../core/export/root/partitions.ts';
import { LVM_DISK_BYTES, makeLvmDisk, PV_START, physicalVolume } from './lvm-disk.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-partitions-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const MIB = 1024 ** 2;
const VOLUMES = [
  { start: MIB, length: 4 * MIB, names: ['/dev/mapper/deb--vg-swap_1', '/dev/deb-vg/swap_1'] },
  { start: 5 * MIB, length: 20 * MIB, names: ['/dev/mapper/deb--vg-root', '/dev/deb-vg/root'] },
  { start: 25 * MIB, length: 8 * MIB, names: ['/dev/mapper/deb--vg-home', '/dev/deb-vg/home'] },
  // `data` is in two pieces
  { start: 37 * MIB, length: 4 * MIB, names: ['/dev/mapper/deb--vg-last', '/dev/deb-vg/last'] },
];

function on(name: string, bytes: Buffer): Promise<unknown[]> {
  const file = path.join(dir, name);
  writeFileSync(file, bytes);
  return readPartitions(file, LVM_DISK_BYTES);
}

describe('logical volumes', () => {
  it('are found on a logical partition, at their place on the disk', async () => {
    const file = path.join(dir, 'disk');
    makeLvmDisk(file);
    const moved = VOLUMES.map(one => ({ ...one, start: one.start + PV_START }));
    expect(await readPartitions(file, LVM_DISK_BYTES)).toEqual(moved);
  });

  it('are found when the text goes on at the start of its ring', async () => {
    expect(await on('ring', physicalVolume(undefined, 1044480 - 300))).toEqual(VOLUMES);
  });

  it('are none when what says where they are is damaged, whatever is damaged', async () => {
    const good = physicalVolume();
    for (const at of [512 + 32, 512 + 72 + 33, 512 + 72 + 39, 4096 + 5, 4096 + 40, 4096 + 43, 4096 + 50]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0xff;
      expect([at, await on(`bad-${at}`, bad)]).toEqual([at, []]);
    }
  });

  it('are none in a text that goes down for ever', async () => {
    expect(await on('deep', physicalVolume(Buffer.from('a{'.repeat(500_000))))).toEqual([]);
  });

  it('never make a reader of them fail, wherever their text ends', async () => {
    const text = physicalVolume()
      .subarray(4096 + 512)
      .toString('latin1')
      .replace(/\0+$/, '');
    for (let length = 0; length < text.length; length += 97) {
      const found = await on('cut', physicalVolume(Buffer.from(text.slice(0, length))));
      expect(found.every(one => VOLUMES.some(({ start }) => start === (one as { start: number }).start))).toBe(true);
    }
  });
});

it('a chain of logical partitions that leads back to itself ends', async () => {
  const table = Buffer.alloc(512);
  for (const [nth, type] of [0x83, 0x05].entries()) {
    table[446 + nth * 16 + 4] = type;
    table.writeUInt32LE(nth === 0 ? 8 : 0, 446 + nth * 16 + 8);
    table.writeUInt32LE(1, 446 + nth * 16 + 12);
  }
  table.writeUInt16LE(0xaa55, 510);
  const mbr = Buffer.from(table);
  mbr.writeUInt32LE(1, 446 + 16 + 8);
  expect((await on('loop', Buffer.concat([mbr, table]))).length).toBeLessThan(100);
});
