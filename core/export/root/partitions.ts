import { open } from 'node:fs/promises';

const SECTOR = 512;
const GPT = { signature: 'EFI PART', entries: 72, count: 80, entrySize: 84 } as const;
const MBR = { table: 446, entry: 16, signature: 510, extended: [0x05, 0x0f, 0x85] } as const;
/** No disk of ours has more, and a damaged table must not make us read for ever. */
const MAX_ENTRIES = 128;

/** A stretch of a disk that may hold a file system, in bytes. */
export interface Partition {
  start: number;
  length: number;
}

/** The partitions of a raw disk (GPT, or the four of an MBR), in its order; the whole disk where there is no table. */
export async function readPartitions(raw: string, diskBytes: number): Promise<Partition[]> {
  const file = await open(raw);
  const read = async (at: number, length: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, at);
    return bytes;
  };
  try {
    const [mbr, header] = [await read(0, SECTOR), await read(SECTOR, SECTOR)];
    if (header.toString('latin1', 0, 8) === GPT.signature) {
      const size = header.readUInt32LE(GPT.entrySize);
      const count = Math.min(header.readUInt32LE(GPT.count), MAX_ENTRIES);
      const table = await read(Number(header.readBigUInt64LE(GPT.entries)) * SECTOR, size * count);
      return within(gptPartitions(table, size, count), diskBytes);
    }
    if (mbr.readUInt16LE(MBR.signature) === 0xaa55) return within(mbrPartitions(mbr), diskBytes);
    return [{ start: 0, length: diskBytes }];
  } finally {
    await file.close();
  }
}

const gptPartitions = (table: Buffer, size: number, count: number): Partition[] =>
  Array.from({ length: count }, (_, nth) => table.subarray(nth * size, (nth + 1) * size))
    .filter(entry => entry.length >= 48 && entry.subarray(0, 16).some(byte => byte !== 0))
    .map(entry => {
      const [first, last] = [entry.readBigUInt64LE(32), entry.readBigUInt64LE(40)];
      return { start: Number(first) * SECTOR, length: Number(last - first + 1n) * SECTOR };
    });

const mbrPartitions = (mbr: Buffer): Partition[] =>
  [0, 1, 2, 3]
    .map(nth => mbr.subarray(MBR.table + nth * MBR.entry, MBR.table + (nth + 1) * MBR.entry))
    .filter(entry => entry[4] !== 0 && !MBR.extended.some(type => type === entry[4]))
    .map(entry => ({ start: entry.readUInt32LE(8) * SECTOR, length: entry.readUInt32LE(12) * SECTOR }));

const within = (found: Partition[], diskBytes: number): Partition[] =>
  found.filter(({ start, length }) => start > 0 && length > 0 && start + length <= diskBytes);
