import { VHD_FOOTER, vhdChecksum } from '../../export/vhd.ts';
import { type Claims, checkVirtualSize, type ForeignFile, isPowerOfTwo, Places, sizeOf } from './reader.ts';

const SECTOR = 512;
const TYPE = { fixed: 2, dynamic: 3, differencing: 4 } as const;
/** Offsets in the dynamic disk header: Microsoft's Virtual Hard Disk Image Format Specification 1.0. */
const DYNAMIC = { table: 16, entries: 28, blockBytes: 32, checksum: 36, bytes: 1024 } as const;
const UNUSED = 0xffffffff;

/** Looks at the footer of a VHD, and at header and block table of a dynamic one. @throws GoldsmithError `source-unsafe` */
export async function inspectVhd(file: ForeignFile): Promise<Claims> {
  if (file.bytes < 2 * SECTOR) file.refuse('is too short for a VHD');
  const footer = await file.read(file.bytes - SECTOR, SECTOR, 'a footer');
  if (footer.toString('latin1', 0, 8) !== 'conectix') file.refuse('has no VHD footer at its end: it was cut off');
  if (footer.readUInt32BE(VHD_FOOTER.checksum) !== vhdChecksum(footer)) file.refuse('has a VHD footer that is damaged');
  const type = footer.readUInt32BE(VHD_FOOTER.type);
  if (type === TYPE.differencing) file.refuse('holds only differences to a parent');
  const virtualBytes = checkVirtualSize(file, sizeOf(file, footer.readBigUInt64BE(VHD_FOOTER.currentSize), 'a size'));
  if (virtualBytes % SECTOR !== 0) file.refuse('has a size that is no whole number of sectors');
  if (type === TYPE.fixed) return inspectFixed(file, virtualBytes);
  if (type !== TYPE.dynamic) file.refuse(`is a VHD of the unknown type ${type}`);
  return inspectDynamic(file, footer, virtualBytes);
}

function inspectFixed(file: ForeignFile, virtualBytes: number): Claims {
  if (file.bytes !== virtualBytes + SECTOR) file.refuse('is not as long as its footer says');
  return { virtualBytes, dataBytes: virtualBytes };
}

async function inspectDynamic(file: ForeignFile, footer: Buffer, virtualBytes: number): Promise<Claims> {
  const copy = await file.read(0, SECTOR, 'a copy of the footer');
  if (!copy.equals(footer)) file.refuse('begins with another footer than it ends with');
  const at = sizeOf(file, footer.readBigUInt64BE(VHD_FOOTER.dataOffset), 'a header');
  const header = await file.read(at, DYNAMIC.bytes, 'a header');
  if (header.toString('latin1', 0, 8) !== 'cxsparse') file.refuse('has no header of a dynamic VHD');
  if (header.readUInt32BE(DYNAMIC.checksum) !== headerChecksum(header)) file.refuse('has a header that is damaged');
  const blockBytes = header.readUInt32BE(DYNAMIC.blockBytes);
  if (!isPowerOfTwo(blockBytes) || blockBytes < SECTOR || blockBytes > 256 * 1024 ** 2)
    file.refuse(`has blocks of ${blockBytes} bytes`);
  const entries = header.readUInt32BE(DYNAMIC.entries);
  if (entries * blockBytes < virtualBytes) file.refuse('has a block table that is too short');
  const tableAt = sizeOf(file, header.readBigUInt64BE(DYNAMIC.table), 'a block table');
  const table = await file.read(tableAt, entries * 4, 'a block table');
  const blocks = new Places(file, 'blocks');
  blocks.reserve(0, SECTOR, 'a copy of its footer');
  blocks.reserve(at, DYNAMIC.bytes, 'its header');
  blocks.reserve(tableAt, entries * 4, 'its block table');
  blocks.reserve(file.bytes - SECTOR, SECTOR, 'its footer');
  const bitmapBytes = Math.ceil(blockBytes / SECTOR / 8 / SECTOR) * SECTOR;
  for (let nth = 0; nth < entries; nth++) {
    const sector = table.readUInt32BE(nth * 4);
    if (sector !== UNUSED) blocks.add(sector * SECTOR, bitmapBytes + blockBytes);
  }
  blocks.check(bitmapBytes + blockBytes);
  return { virtualBytes, dataBytes: blocks.count * blockBytes };
}

/** One's complement of the sum of all bytes but the checksum's own. */
function headerChecksum(header: Buffer): number {
  const sum = header.reduce(
    (total, byte, at) => (at >= DYNAMIC.checksum && at < DYNAMIC.checksum + 4 ? total : total + byte),
    0,
  );
  return ~sum >>> 0;
}
