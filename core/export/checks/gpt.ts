import { crc32 } from 'node:zlib';
import { type Findings, findings } from './findings.ts';

const SECTOR = 512;
const SIGNATURE = 'EFI PART';

/**
 * The GPT of a disk, where it has one: both headers whole, each where the other says, the backup in the last sector.
 * @param read bytes of the disk at a place
 */
export async function checkGpt(
  read: (at: number, length: number) => Promise<Buffer>,
  diskBytes: number,
): Promise<Findings> {
  const primary = await read(SECTOR, SECTOR);
  if (primary.toString('latin1', 0, 8) !== SIGNATURE) return [];
  const last = BigInt(Math.floor(diskBytes / SECTOR) - 1);
  const backup = await read(Number(last) * SECTOR, SECTOR);
  return findings([
    [isSealed(primary), 'the header of its GPT is damaged'],
    [primary.readBigUInt64LE(32) === last, 'its GPT looks for its backup elsewhere than at the end'],
    [backup.toString('latin1', 0, 8) === SIGNATURE && isSealed(backup), 'the backup of its GPT is not at its end'],
    [backup.readBigUInt64LE(24) === last, 'the backup of its GPT says another place'],
    [primary.readUInt32LE(88) === backup.readUInt32LE(88), 'the two tables of its GPT differ'],
  ]);
}

/** The checksum at 16 is computed with that field zero (UEFI Specification 2.10, table 5.5). */
function isSealed(header: Buffer): boolean {
  const copy = Buffer.from(header.subarray(0, Math.min(Math.max(header.readUInt32LE(12), 20), SECTOR)));
  copy.writeUInt32LE(0, 16);
  return crc32(copy) === header.readUInt32LE(16);
}
