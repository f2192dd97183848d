import { crc32 } from 'node:zlib';
import { findGpt, type Gpt, parse, type ReadDisk } from '../gpt.ts';
import { type Findings, findings } from './findings.ts';

const HEADER_BYTES = 512;

/**
 * The GPT of a disk, where it has one: both headers whole, each where the other says. Where the disk was made larger for
 * its format, the backup is in the last sector; else it is where the sealed disk has it.
 * @param virtualBytes of the sealed disk
 */
export async function checkGpt(read: ReadDisk, diskBytes: number, virtualBytes: number): Promise<Findings> {
  const gpt = await findGpt(read);
  if (!gpt) return [];
  if (!gpt.isSound) return ['the header of its GPT is damaged'];
  const last = Math.floor(diskBytes / gpt.sectorBytes) - 1;
  if (diskBytes !== virtualBytes && gpt.backup !== last) {
    return ['its GPT looks for its backup elsewhere than at the end'];
  }
  if (gpt.backup > last) return [];
  const header = await read(gpt.backup * gpt.sectorBytes, HEADER_BYTES);
  const backup = parse(header, gpt.sectorBytes);
  return findings([
    [backup.isSound, 'the backup of its GPT is not where it must be, or damaged'],
    [Number(header.readBigUInt64LE(24)) === gpt.backup, 'the backup of its GPT says another place'],
    [gpt.tableCrc === backup.tableCrc, 'the two tables of its GPT differ'],
    [(await crcOfTable(read, gpt)) === gpt.tableCrc, 'the table of its GPT is damaged'],
    [
      !backup.isSound || (await crcOfTable(read, backup)) === backup.tableCrc,
      'the table in the backup of its GPT is damaged',
    ],
  ]);
}

const crcOfTable = async (read: ReadDisk, gpt: Gpt): Promise<number> =>
  crc32(await read(gpt.entries * gpt.sectorBytes, gpt.count * gpt.entryBytes));
