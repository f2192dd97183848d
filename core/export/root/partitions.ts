import { open } from 'node:fs/promises';
import { findGpt, type Gpt, gptEntries, type ReadDisk } from '../gpt.ts';
import { logicalVolumes } from './lvm.ts';

const SECTOR = 512;
const MBR = { table: 446, entry: 16, signature: 510, extended: [0x05, 0x0f, 0x85] } as const;

/** More than any system makes: a damaged chain may lead back to itself. */
const MAX_LOGICAL = 60;

/** A stretch of a disk that may hold a file system, in bytes. */
export interface Partition {
  start: number;
  length: number;
  /** Names that an fstab may have for it, besides UUID and label. */
  names?: string[];
}

/**
 * The partitions of a raw disk (GPT, or an MBR's with the logical ones), in its order; the whole disk where there is no
 * table. In place of an LVM physical volume stand the logical volumes on it.
 */
export async function readPartitions(raw: string, diskBytes: number): Promise<Partition[]> {
  const file = await open(raw);
  const read: ReadDisk = async (at, length) => {
    const bytes = Buffer.alloc(length);
    // What lies beyond the end is zeros, also where a damaged table says a place that no file can have.
    if (at >= 0 && at < diskBytes) await file.read(bytes, 0, length, at);
    return bytes;
  };
  try {
    const found: Partition[] = [];
    for (const partition of await inTable(read, diskBytes)) {
      found.push(...((await logicalVolumes(read, partition)) ?? [partition]));
    }
    return found.filter(({ start, length }) => length > 0 && start + length <= diskBytes);
  } finally {
    await file.close();
  }
}

async function inTable(read: ReadDisk, diskBytes: number): Promise<Partition[]> {
  const gpt = await findGpt(read);
  if (gpt) return within(await gptPartitions(read, gpt), diskBytes);
  const mbr = await read(0, SECTOR);
  if (mbr.readUInt16LE(MBR.signature) === 0xaa55) return within(await mbrPartitions(read, mbr), diskBytes);
  return [{ start: 0, length: diskBytes }];
}

const gptPartitions = async (read: ReadDisk, gpt: Gpt): Promise<Partition[]> =>
  (await gptEntries(read, gpt)).map(entry => {
    const [first, last] = [entry.readBigUInt64LE(32), entry.readBigUInt64LE(40)];
    return { start: Number(first) * gpt.sectorBytes, length: Number(last - first + 1n) * gpt.sectorBytes };
  });

/** An entry of an MBR, its numbers in sectors. */
interface MbrEntry {
  type: number;
  first: number;
  sectors: number;
}

const entriesOf = (mbr: Buffer): MbrEntry[] =>
  [0, 1, 2, 3]
    .map(nth => mbr.subarray(MBR.table + nth * MBR.entry, MBR.table + (nth + 1) * MBR.entry))
    .map(entry => ({ type: entry[4] ?? 0, first: entry.readUInt32LE(8), sectors: entry.readUInt32LE(12) }));

const isExtended = ({ type }: MbrEntry): boolean => MBR.extended.some(known => known === type);

async function mbrPartitions(read: ReadDisk, mbr: Buffer): Promise<Partition[]> {
  const found: Partition[] = [];
  for (const entry of entriesOf(mbr).filter(({ type }) => type !== 0)) {
    if (isExtended(entry)) found.push(...(await logicalPartitions(read, entry.first)));
    else found.push({ start: entry.first * SECTOR, length: entry.sectors * SECTOR });
  }
  return found;
}

/** A chain of tables: each names one partition, from its own place, and the next table, from the first one's. */
async function logicalPartitions(read: ReadDisk, base: number): Promise<Partition[]> {
  const found: Partition[] = [];
  let at = base;
  while (found.length < MAX_LOGICAL) {
    const table = await read(at * SECTOR, SECTOR);
    const [own, next] = entriesOf(table);
    if (table.readUInt16LE(MBR.signature) !== 0xaa55 || !own || own.type === 0) break;
    found.push({ start: (at + own.first) * SECTOR, length: own.sectors * SECTOR });
    if (!next || !isExtended(next)) break;
    at = base + next.first;
  }
  return found;
}

const within = (found: Partition[], diskBytes: number): Partition[] =>
  found.filter(({ start, length }) => start > 0 && length > 0 && start + length <= diskBytes);
