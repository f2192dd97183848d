import { open } from 'node:fs/promises';
import { findGpt, type Gpt, gptEntries, type ReadDisk } from '../gpt.ts';

const SECTOR = 512;
const MBR = { table: 446, entry: 16, signature: 510, extended: [0x05, 0x0f, 0x85] } as const;

/** A stretch of a disk that may hold a file system, in bytes. */
export interface Partition {
  start: number;
  length: number;
}

/** The partitions of a raw disk (GPT, or the four of an MBR), in its order; the whole disk where there is no table. */
export async function readPartitions(raw: string, diskBytes: number): Promise<Partition[]> {
  const file = await open(raw);
  const read: ReadDisk = async (at, length) => {
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, at);
    return bytes;
  };
  try {
    const gpt = await findGpt(read);
    if (gpt) return within(await gptPartitions(read, gpt), diskBytes);
    const mbr = await read(0, SECTOR);
    if (mbr.readUInt16LE(MBR.signature) === 0xaa55) return within(mbrPartitions(mbr), diskBytes);
    return [{ start: 0, length: diskBytes }];
  } finally {
    await file.close();
  }
}

const gptPartitions = async (read: ReadDisk, gpt: Gpt): Promise<Partition[]> =>
  (await gptEntries(read, gpt)).map(entry => {
    const [first, last] = [entry.readBigUInt64LE(32), entry.readBigUInt64LE(40)];
    return { start: Number(first) * gpt.sectorBytes, length: Number(last - first + 1n) * gpt.sectorBytes };
  });

const mbrPartitions = (mbr: Buffer): Partition[] =>
  [0, 1, 2, 3]
    .map(nth => mbr.subarray(MBR.table + nth * MBR.entry, MBR.table + (nth + 1) * MBR.entry))
    .filter(entry => entry[4] !== 0 && !MBR.extended.some(type => type === entry[4]))
    .map(entry => ({ start: entry.readUInt32LE(8) * SECTOR, length: entry.readUInt32LE(12) * SECTOR }));

const within = (found: Partition[], diskBytes: number): Partition[] =>
  found.filter(({ start, length }) => start > 0 && length > 0 && start + length <= diskBytes);
