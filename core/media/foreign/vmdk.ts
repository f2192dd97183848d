import { type Claims, checkVirtualSize, type ForeignFile, isPowerOfTwo, Places, sizeOf } from './reader.ts';

const SECTOR = 512;
/** Offsets of SparseExtentHeader: VMware's Virtual Disk Format 5.0. */
const HEADER = {
  version: 4,
  flags: 8,
  capacity: 12,
  grain: 20,
  descriptor: 28,
  descriptorSectors: 36,
  perTable: 44,
  directory: 56,
  compression: 77,
} as const;
const FLAG = { compressed: 1 << 16, markers: 1 << 17 } as const;
const AT_END = 0xffffffffffffffffn;
/** DESC_SIZE of QEMU's block/vmdk.c. */
const QEMU_DESCRIPTOR_BYTES = 20 * SECTOR;
/** One file that holds everything. The others keep their data in further files. */
const KINDS = ['monolithicSparse', 'streamOptimized'];

/** Looks at header, descriptor and every grain table of a VMDK. @throws GoldsmithError `source-unsafe` */
export async function inspectVmdk(file: ForeignFile): Promise<Claims> {
  const start = await file.peek(0, SECTOR);
  const magic = start.toString('latin1', 0, 4);
  if (magic === 'COWD') file.refuse('is a COWD disk of an old ESX server');
  if (magic !== 'KDMV') file.refuse('is the descriptor of a VMDK: it names its data in other files');
  const header = await realHeader(file, start);
  const version = header.readUInt32LE(HEADER.version);
  if (version < 1 || version > 3) file.refuse(`is VMDK version ${version}`);
  // With no capacity QEMU goes by the descriptor, which may name any file of this host (block/vmdk.c).
  const sectors = sizeOf(file, header.readBigUInt64LE(HEADER.capacity), 'a size');
  if (sectors === 0) file.refuse('has no size in its header, so that its descriptor would decide what is opened');
  const virtualBytes = checkVirtualSize(file, sectors * SECTOR);
  await checkDescriptor(file, header, sectors);
  return { virtualBytes, dataBytes: await walk(file, header, virtualBytes) };
}

/** That of a stream may say that the true one stands in the footer. */
async function realHeader(file: ForeignFile, start: Buffer): Promise<Buffer> {
  if (start.readBigUInt64LE(HEADER.directory) !== AT_END) return start;
  const footer = await file.read(file.bytes - 2 * SECTOR, SECTOR, 'a footer');
  if (footer.toString('latin1', 0, 4) !== 'KDMV') file.refuse('has no footer: it was cut off');
  if (!footer.subarray(HEADER.version, HEADER.directory).equals(start.subarray(HEADER.version, HEADER.directory)))
    file.refuse('has a footer that says something else than its header');
  return footer;
}

async function checkDescriptor(file: ForeignFile, header: Buffer, sectors: number): Promise<void> {
  const at = sizeOf(file, header.readBigUInt64LE(HEADER.descriptor), 'a descriptor') * SECTOR;
  const length = sizeOf(file, header.readBigUInt64LE(HEADER.descriptorSectors), 'a descriptor') * SECTOR;
  if (at === 0 || length > 1024 ** 2) file.refuse('has no descriptor, or one that is too long');
  const text = (await file.read(at, length, 'a descriptor')).toString('latin1').replace(/\0.*$/s, '');
  // QEMU looks for it anywhere, in comments too, and always in so many bytes, whatever length the header says.
  const seen = (await file.peek(at, Math.max(length, QEMU_DESCRIPTOR_BYTES))).toString('latin1');
  if (/parentFileNameHint/i.test(seen)) file.refuse('names a parent');
  const value = (key: string): string | undefined =>
    new RegExp(`^\\s*${key}\\s*=\\s*"?([^"\\r\\n]*)"?`, 'im').exec(text)?.[1];
  if (!KINDS.includes(value('createType') ?? ''))
    file.refuse(`is a VMDK of the kind ${value('createType') ?? '(none)'}`);
  if (!/^f{8}$/i.test(value('parentCID') ?? '')) file.refuse('holds only differences to a parent');
  checkExtents(file, text, sectors);
}

function checkExtents(file: ForeignFile, text: string, sectors: number): void {
  const lines = text.split(/\r?\n/).filter(line => /^\s*(RW|RDONLY|NOACCESS)\b/.test(line));
  if (lines.length !== 1) file.refuse(`has ${lines.length} extents in its descriptor`);
  const [, length, kind, name = ''] = /^\s*\w+\s+(\d+)\s+(\w+)\s+"([^"]*)"\s*$/.exec(lines[0] ?? '') ?? [];
  if (kind !== 'SPARSE') file.refuse(`has an extent of the kind ${kind ?? '(none)'}`);
  if (name.includes('/') || name.includes('\\') || name.includes('..')) file.refuse(`has its data in ${name}`);
  if (Number(length) !== sectors) file.refuse('has a descriptor that says another size than its header');
}

async function walk(file: ForeignFile, header: Buffer, virtualBytes: number): Promise<number> {
  const grainBytes = sizeOf(file, header.readBigUInt64LE(HEADER.grain), 'a grain') * SECTOR;
  if (!isPowerOfTwo(grainBytes) || grainBytes > 64 * 1024 ** 2) file.refuse(`has grains of ${grainBytes} bytes`);
  const perTable = header.readUInt32LE(HEADER.perTable);
  if (perTable === 0 || perTable > 512) file.refuse(`has grain tables of ${perTable} entries`);
  const flags = header.readUInt32LE(HEADER.flags);
  const isCompressed = (flags & FLAG.compressed) !== 0;
  if (isCompressed && header.readUInt16LE(HEADER.compression) !== 1)
    file.refuse('is compressed by an unknown algorithm');
  const tables = Math.ceil(virtualBytes / (grainBytes * perTable));
  const at = sizeOf(file, header.readBigUInt64LE(HEADER.directory), 'a grain directory') * SECTOR;
  const directory = await file.read(at, tables * 4, 'a grain directory');
  const seen = new Places(file, 'grain tables');
  const grains = new Places(file, 'grains');
  grains.reserve(0, SECTOR, 'its header');
  grains.reserve(at, tables * 4, 'its grain directory');
  for (let nth = 0; nth < tables; nth++) {
    const place = directory.readUInt32LE(nth * 4) * SECTOR;
    if (place === 0) continue;
    seen.add(place, perTable * 4);
    grains.reserve(place, perTable * 4, 'a grain table');
    const table = await file.read(place, perTable * 4, 'a grain table');
    for (let entry = 0; entry < perTable; entry++) {
      const sector = table.readUInt32LE(entry * 4);
      if (sector > 1) grains.add(sector * SECTOR, isCompressed ? 12 : 1);
    }
  }
  grains.check(isCompressed ? 12 : grainBytes);
  return grains.count * grainBytes;
}
