import { crc32c } from '../../export/crc32c.ts';
import { type Claims, checkVirtualSize, type ForeignFile, isPowerOfTwo, Places, sizeOf } from './reader.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Where [MS-VHDX] 2.2 has the two headers and the two region tables. */
const HEADERS = [64 * KIB, 128 * KIB];
const REGION_TABLES = [192 * KIB, 256 * KIB];
const REGION_BYTES = 64 * KIB;
/** GUIDs of [MS-VHDX] 2.2.3 and 2.6.2, as their bytes stand in the file. */
const REGION = { bat: '6677c22d23f600429d64115e9bfd4a08', metadata: '06a27c8b90479a4bb8fe575f050f886e' } as const;
const ITEM = {
  fileParameters: '3767a1ca36fa434db3b633f0aa44e76b',
  virtualSize: '2442a52f1bcd7648b2115dbed83bf4b8',
  identifier: 'ab12cabee6b2234593efc309e000c746',
  logicalSector: '1dbf41816fa90947ba47f233a8faab5f',
  physicalSector: 'c748a3cd5d4471449cc9e9885251c556',
  parentLocator: '2d5fd3a80bb34d45abf7d3d84834ab0c',
} as const;
const BLOCK = { absent: 0, undefined: 1, zero: 2, unmapped: 3, present: 6, partial: 7 } as const;
const CHUNK_SECTORS = 2 ** 23;

/** Looks at headers, regions, metadata and block table of a VHDX. @throws GoldsmithError `source-unsafe` */
export async function inspectVhdx(file: ForeignFile): Promise<Claims> {
  await checkHeaders(file);
  const regions = await readRegions(file);
  const { virtualBytes, blockBytes, sectorBytes } = await readMetadata(file, regions.metadata);
  const table = await file.read(regions.bat.at, regions.bat.length, 'a block table');
  const blocks = new Places(file, 'blocks');
  blocks.reserve(0, MIB, 'its headers');
  for (const [name, { at, length }] of Object.entries(regions)) {
    if (at % MIB !== 0 || length % MIB !== 0 || length === 0) file.refuse('has a region at an impossible place');
    blocks.reserve(at, length, `its region ${name}`);
  }
  return { virtualBytes, dataBytes: countBlocks(file, table, { virtualBytes, blockBytes, sectorBytes, blocks }) };
}

async function checkHeaders(file: ForeignFile): Promise<void> {
  const headers = await Promise.all(HEADERS.map(at => file.read(at, 4 * KIB, 'a header')));
  const good = headers.filter(header => header.toString('latin1', 0, 4) === 'head' && isSealed(header));
  const [current] = good.sort((a, b) => (a.readBigUInt64LE(8) < b.readBigUInt64LE(8) ? 1 : -1));
  if (!current) return file.refuse('has no whole VHDX header');
  if (current.readUInt16LE(66) !== 1) file.refuse('is of another version of VHDX');
  if (current.subarray(48, 64).some(byte => byte !== 0)) file.refuse('has a log of changes that are not in it yet');
}

/** The checksum stands at 4, and is computed with that field zero. */
function isSealed(structure: Buffer): boolean {
  const copy = Buffer.from(structure);
  copy.writeUInt32LE(0, 4);
  return crc32c(copy) === structure.readUInt32LE(4);
}

interface Region {
  at: number;
  length: number;
}

async function readRegions(file: ForeignFile): Promise<{ bat: Region; metadata: Region }> {
  const tables = await Promise.all(REGION_TABLES.map(at => file.read(at, REGION_BYTES, 'a region table')));
  const table = tables.find(one => one.toString('latin1', 0, 4) === 'regi' && isSealed(one));
  if (!table) return file.refuse('has no whole region table');
  const found = new Map<string, Region>();
  const count = table.readUInt32LE(8);
  if (count > 2047) file.refuse('has an impossible number of regions');
  for (let nth = 0; nth < count; nth++) {
    const entry = table.subarray(16 + nth * 32, 48 + nth * 32);
    const guid = entry.toString('hex', 0, 16);
    const isKnown = Object.values(REGION).some(known => known === guid);
    if (!isKnown && entry.readUInt32LE(28) & 1) file.refuse('needs a region that nobody here knows');
    if (found.has(guid)) file.refuse('has a region twice');
    found.set(guid, { at: sizeOf(file, entry.readBigUInt64LE(16), 'a region'), length: entry.readUInt32LE(24) });
  }
  const [bat, metadata] = [found.get(REGION.bat), found.get(REGION.metadata)];
  if (!bat || !metadata) return file.refuse('lacks its block table or its metadata');
  return { bat, metadata };
}

interface Geometry {
  virtualBytes: number;
  blockBytes: number;
  sectorBytes: number;
}

interface Blocks extends Geometry {
  blocks: Places;
}

async function readMetadata(file: ForeignFile, region: Region): Promise<Geometry> {
  const table = await file.read(region.at, REGION_BYTES, 'metadata');
  if (table.toString('latin1', 0, 8) !== 'metadata') file.refuse('has no metadata');
  const items = new Map<string, Buffer>();
  const count = table.readUInt16LE(10);
  if (count > 2047) file.refuse('has an impossible number of metadata items');
  for (let nth = 0; nth < count; nth++) {
    const entry = table.subarray(32 + nth * 32, 64 + nth * 32);
    const guid = entry.toString('hex', 0, 16);
    const isKnown = Object.values(ITEM).some(known => known === guid);
    if (!isKnown && entry.readUInt32LE(24) & 4) file.refuse('needs metadata that nobody here knows');
    if (guid === ITEM.parentLocator) file.refuse('names a parent');
    const [at, length] = [entry.readUInt32LE(16), entry.readUInt32LE(20)];
    if (at !== 0 && (at < REGION_BYTES || at + length > region.length)) file.refuse('has metadata beyond its region');
    if (items.has(guid)) file.refuse('has metadata twice');
    if (isKnown) items.set(guid, await file.read(region.at + at, 16, 'metadata'));
  }
  return geometryOf(file, items);
}

function geometryOf(file: ForeignFile, items: Map<string, Buffer>): Geometry {
  const item = (guid: string): Buffer => items.get(guid) ?? file.refuse('lacks metadata that every VHDX has');
  const parameters = item(ITEM.fileParameters);
  if (parameters.readUInt32LE(4) & 2) file.refuse('holds only differences to a parent');
  const blockBytes = parameters.readUInt32LE(0);
  if (!isPowerOfTwo(blockBytes) || blockBytes < MIB || blockBytes > 256 * MIB)
    file.refuse(`has blocks of ${blockBytes} bytes`);
  const sectorBytes = item(ITEM.logicalSector).readUInt32LE(0);
  if (sectorBytes !== 512 && sectorBytes !== 4096) file.refuse(`has sectors of ${sectorBytes} bytes`);
  const size = sizeOf(file, item(ITEM.virtualSize).readBigUInt64LE(0), 'a size');
  if (size % sectorBytes !== 0) file.refuse('has a size that is no whole number of sectors');
  return { virtualBytes: checkVirtualSize(file, size), blockBytes, sectorBytes };
}

/** After each chunk of payload blocks the table has one entry for a sector bitmap, which only differences use. */
function countBlocks(
  file: ForeignFile,
  table: Buffer,
  { virtualBytes, blockBytes, sectorBytes, blocks }: Blocks,
): number {
  const chunk = (CHUNK_SECTORS * sectorBytes) / blockBytes;
  const payload = Math.ceil(virtualBytes / blockBytes);
  const entries = payload + Math.floor((payload - 1) / chunk);
  if (table.length < entries * 8) file.refuse('has a block table that is too short');
  for (let nth = 0; nth < entries; nth++) {
    const entry = table.readBigUInt64LE(nth * 8);
    const state = Number(entry & 7n);
    if ((nth + 1) % (chunk + 1) === 0) continue;
    if (state === BLOCK.partial) file.refuse('holds only differences to a parent');
    if (state > BLOCK.unmapped && state !== BLOCK.present) file.refuse('has a block in an unknown state');
    if (state === BLOCK.present) blocks.add(sizeOf(file, (entry >> 20n) * BigInt(MIB), 'a block'), 1);
  }
  blocks.check(blockBytes);
  return blocks.count * blockBytes;
}
