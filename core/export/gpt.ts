import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

const SECTOR = 512;
const SIGNATURE = 'EFI PART';
/** Offsets in a GPT header: UEFI Specification 2.10, table 5.5. */
const HEADER = { size: 12, crc: 16, current: 24, backup: 32, lastUsable: 48, entries: 72, count: 80, entrySize: 84 };
const MBR_PROTECTIVE = { type: 450, sectors: 458 };
const ESP_GUID = Buffer.from('28732ac11ff8d211ba4b00a0c93ec93b', 'hex');
/** GRUB's own partition, which a BIOS needs on a disk with a GPT: 21686148-6449-6E6F-744E-656564454649. */
const BIOS_BOOT_GUID = Buffer.from('4861682149646f6e744e656564454649', 'hex');

/** What a disk's partition table says of how it boots. */
export interface DiskLayout {
  table: 'gpt' | 'mbr' | 'none';
  /** There is an EFI system partition. */
  hasEsp: boolean;
  /** A BIOS finds something to start: by an MBR, or by the partition that GRUB has for it. */
  hasBiosBoot: boolean;
}

/** Reads the partition table of a raw disk. */
export async function readLayout(raw: string): Promise<DiskLayout> {
  const file = await open(raw);
  try {
    const head = await readAt(file, 0, 34 * SECTOR);
    if (head.toString('latin1', SECTOR, SECTOR + 8) === SIGNATURE) {
      const at = (byte: number): number => byte + 2 * SECTOR;
      const types = Array.from({ length: 128 }, (_, nth) => head.subarray(at(nth * 128), at(nth * 128) + 16));
      const has = (guid: Buffer): boolean => types.some(type => type.equals(guid));
      return { table: 'gpt', hasEsp: has(ESP_GUID), hasBiosBoot: has(BIOS_BOOT_GUID) };
    }
    const isMbr = head.readUInt16LE(510) === 0xaa55;
    const types = [0, 1, 2, 3].map(nth => head[450 + nth * 16]);
    return { table: isMbr ? 'mbr' : 'none', hasEsp: isMbr && types.includes(0xef), hasBiosBoot: isMbr };
  } finally {
    await file.close();
  }
}

/**
 * Moves the backup of a GPT to the end of a disk that has grown, so that every tool finds it where it must be, and
 * makes the new space usable. A disk without GPT is left as it is.
 */
export async function moveGptBackup(raw: string, diskBytes: number): Promise<void> {
  const file = await open(raw, 'r+');
  try {
    const primary = await readAt(file, SECTOR, SECTOR);
    if (primary.toString('latin1', 0, 8) !== SIGNATURE) return;
    const lastSector = BigInt(diskBytes / SECTOR - 1);
    const oldBackup = primary.readBigUInt64LE(HEADER.backup);
    if (oldBackup === lastSector) return;
    const tableBytes = primary.readUInt32LE(HEADER.count) * primary.readUInt32LE(HEADER.entrySize);
    const tableSectors = BigInt(Math.ceil(tableBytes / SECTOR));
    const table = await readAt(file, Number(primary.readBigUInt64LE(HEADER.entries)) * SECTOR, tableBytes);
    primary.writeBigUInt64LE(lastSector, HEADER.backup);
    primary.writeBigUInt64LE(lastSector - tableSectors - 1n, HEADER.lastUsable);
    const backup = Buffer.from(primary);
    backup.writeBigUInt64LE(lastSector, HEADER.current);
    backup.writeBigUInt64LE(1n, HEADER.backup);
    backup.writeBigUInt64LE(lastSector - tableSectors, HEADER.entries);
    await file.write(Buffer.alloc(SECTOR), 0, SECTOR, Number(oldBackup) * SECTOR);
    await file.write(sealed(primary), 0, SECTOR, SECTOR);
    await file.write(table, 0, table.length, Number(lastSector - tableSectors) * SECTOR);
    await file.write(sealed(backup), 0, SECTOR, Number(lastSector) * SECTOR);
    await growProtectiveMbr(file, lastSector);
  } finally {
    await file.close();
  }
}

/** The header with its own checksum set, which is computed over it with that field zero. */
function sealed(header: Buffer): Buffer {
  header.writeUInt32LE(0, HEADER.crc);
  header.writeUInt32LE(crc32(header.subarray(0, header.readUInt32LE(HEADER.size))), HEADER.crc);
  return header;
}

async function growProtectiveMbr(file: Awaited<ReturnType<typeof open>>, lastSector: bigint): Promise<void> {
  const mbr = await readAt(file, 0, SECTOR);
  if (mbr[MBR_PROTECTIVE.type] !== 0xee) return;
  mbr.writeUInt32LE(Number(lastSector > 0xffffffffn ? 0xffffffffn : lastSector), MBR_PROTECTIVE.sectors);
  await file.write(mbr, 0, SECTOR, 0);
}

async function readAt(file: Awaited<ReturnType<typeof open>>, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  await file.read(bytes, 0, length, offset);
  return bytes;
}
