import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

const HEADER_BYTES = 512;
const SIGNATURE = 'EFI PART';
/** Disks say their places in sectors of 512 bytes, or of 4096 (4Kn); the header is in the second one. */
const SECTOR_BYTES = [512, 4096];
/** Offsets in a GPT header: UEFI Specification 2.10, table 5.5. */
const HEADER = {
  size: 12,
  crc: 16,
  current: 24,
  backup: 32,
  lastUsable: 48,
  entries: 72,
  count: 80,
  entrySize: 84,
  tableCrc: 88,
};
/** No disk of ours has a larger table (the usual one has 16 KiB), and a damaged one must not make us read for ever. */
const MAX_TABLE_BYTES = 1024 ** 2;
const MBR = { table: 446, entryBytes: 16, type: 4, sectors: 12, signature: 510, protective: 0xee } as const;
const ESP_GUID = Buffer.from('28732ac11ff8d211ba4b00a0c93ec93b', 'hex');
/** GRUB's own partition, which a BIOS needs on a disk with a GPT: 21686148-6449-6E6F-744E-656564454649. */
const BIOS_BOOT_GUID = Buffer.from('4861682149646f6e744e656564454649', 'hex');

/** Reads `length` bytes of a disk. */
export type ReadDisk = (at: number, length: number) => Promise<Buffer>;

/** The header of a GPT as it stands on the disk, its numbers in sectors of `sectorBytes`. */
export interface Gpt {
  sectorBytes: number;
  header: Buffer;
  backup: number;
  entries: number;
  count: number;
  entryBytes: number;
  tableCrc: number;
  /** Its checksum is right, and its table of a size that can be. */
  isSound: boolean;
}

/**
 * The GPT of a disk. A header alone is none: an old one stays behind when a disk gets an MBR, so the MBR must say that
 * the disk belongs to a GPT.
 */
export async function findGpt(read: ReadDisk): Promise<Gpt | undefined> {
  if (protectiveEntry(await read(0, HEADER_BYTES)) === undefined) return undefined;
  for (const sectorBytes of SECTOR_BYTES) {
    const header = await read(sectorBytes, HEADER_BYTES);
    if (header.toString('latin1', 0, 8) === SIGNATURE) return parse(header, sectorBytes);
  }
  return undefined;
}

/** A header, wherever it was found: the backup has the same form. */
export function parse(header: Buffer, sectorBytes: number): Gpt {
  const count = header.readUInt32LE(HEADER.count);
  const entryBytes = header.readUInt32LE(HEADER.entrySize);
  const isTable = entryBytes >= 128 && count * entryBytes <= MAX_TABLE_BYTES;
  const backup = Number(header.readBigUInt64LE(HEADER.backup));
  const entries = Number(header.readBigUInt64LE(HEADER.entries));
  const isPlaced = [backup, entries].every(sector => Number.isSafeInteger(sector * sectorBytes));
  return {
    sectorBytes,
    header,
    backup,
    entries,
    count,
    entryBytes,
    tableCrc: header.readUInt32LE(HEADER.tableCrc),
    isSound: isTable && isPlaced && header.toString('latin1', 0, 8) === SIGNATURE && isSealed(header),
  };
}

/** The checksum is computed over the header with that field zero. */
function isSealed(header: Buffer): boolean {
  const wanted = header.readUInt32LE(HEADER.crc);
  return sealed(Buffer.from(header)).readUInt32LE(HEADER.crc) === wanted;
}

function sealed(header: Buffer): Buffer {
  header.writeUInt32LE(0, HEADER.crc);
  header.writeUInt32LE(crc32(header.subarray(0, header.readUInt32LE(HEADER.size))), HEADER.crc);
  return header;
}

/** Where the entry of an MBR is that says: this disk has a GPT. */
function protectiveEntry(mbr: Buffer): number | undefined {
  if (mbr.readUInt16LE(MBR.signature) !== 0xaa55) return undefined;
  return mbrEntries().find(at => mbr[at + MBR.type] === MBR.protective);
}

const mbrEntries = (): number[] => [0, 1, 2, 3].map(nth => MBR.table + nth * MBR.entryBytes);

/** The entries of the table that are used. */
export async function gptEntries(read: ReadDisk, gpt: Gpt): Promise<Buffer[]> {
  if (!gpt.isSound) return [];
  const table = await read(gpt.entries * gpt.sectorBytes, gpt.count * gpt.entryBytes);
  return Array.from({ length: gpt.count }, (_, nth) =>
    table.subarray(nth * gpt.entryBytes, (nth + 1) * gpt.entryBytes),
  ).filter(entry => entry.subarray(0, 16).some(byte => byte !== 0));
}

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
  return withDisk(raw, 'r', async (_, read) => {
    const gpt = await findGpt(read);
    if (gpt) {
      const types = (await gptEntries(read, gpt)).map(entry => entry.subarray(0, 16));
      const has = (guid: Buffer): boolean => types.some(type => type.equals(guid));
      return { table: 'gpt', hasEsp: has(ESP_GUID), hasBiosBoot: has(BIOS_BOOT_GUID) };
    }
    const mbr = await read(0, HEADER_BYTES);
    const isMbr = mbr.readUInt16LE(MBR.signature) === 0xaa55;
    const types = mbrEntries().map(at => mbr[at + MBR.type]);
    return { table: isMbr ? 'mbr' : 'none', hasEsp: isMbr && types.includes(0xef), hasBiosBoot: isMbr };
  });
}

/**
 * Moves the backup of a GPT to the end of a disk that has grown, so that every tool finds it where it must be, and
 * makes the new space usable. A disk without a sound GPT is left as it is.
 */
export async function moveGptBackup(raw: string, diskBytes: number): Promise<void> {
  await withDisk(raw, 'r+', async (file, read) => {
    const gpt = await findGpt(read);
    if (!gpt?.isSound) return;
    const { sectorBytes } = gpt;
    const put = (data: Buffer, sector: number): Promise<unknown> =>
      file.write(data, 0, data.length, sector * sectorBytes);
    const last = Math.floor(diskBytes / sectorBytes) - 1;
    if (gpt.backup === last) return;
    const tableBytes = gpt.count * gpt.entryBytes;
    const table = await read(gpt.entries * sectorBytes, tableBytes);
    const tableAt = last - Math.ceil(tableBytes / sectorBytes);
    const primary = Buffer.from(gpt.header);
    primary.writeBigUInt64LE(BigInt(last), HEADER.backup);
    primary.writeBigUInt64LE(BigInt(tableAt - 1), HEADER.lastUsable);
    const backup = Buffer.from(primary);
    backup.writeBigUInt64LE(BigInt(last), HEADER.current);
    backup.writeBigUInt64LE(1n, HEADER.backup);
    backup.writeBigUInt64LE(BigInt(tableAt), HEADER.entries);
    const old = parse(await read(gpt.backup * sectorBytes, HEADER_BYTES), sectorBytes);
    if (old.isSound) await put(Buffer.alloc(HEADER_BYTES), gpt.backup);
    await put(sealed(primary), 1);
    await put(table, tableAt);
    await put(sealed(backup), last);
    await growProtectiveMbr(file, read, last);
  });
}

async function growProtectiveMbr(file: FileHandle, read: ReadDisk, lastSector: number): Promise<void> {
  const mbr = await read(0, HEADER_BYTES);
  // A hybrid MBR has it elsewhere, and small on purpose.
  if (protectiveEntry(mbr) !== MBR.table) return;
  mbr.writeUInt32LE(Math.min(lastSector, 0xffffffff), MBR.table + MBR.sectors);
  await file.write(mbr, 0, mbr.length, 0);
}

/** What lies beyond the end is read as zeros. */
async function withDisk<T>(
  raw: string,
  flags: 'r' | 'r+',
  act: (file: FileHandle, read: ReadDisk) => Promise<T>,
): Promise<T> {
  const file = await open(raw, flags);
  try {
    return await act(file, async (at, length) => {
      const bytes = Buffer.alloc(length);
      await file.read(bytes, 0, length, at);
      return bytes;
    });
  } finally {
    await file.close();
  }
}
