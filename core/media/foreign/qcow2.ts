import { type Claims, checkVirtualSize, type ForeignFile, Places, sizeOf } from './reader.ts';

/** Offsets of the header's fields: QEMU's docs/interop/qcow2.rst. */
const HEADER = {
  version: 4,
  backing: 8,
  clusterBits: 20,
  size: 24,
  crypt: 32,
  l1Entries: 36,
  l1: 40,
  refcounts: 48,
  refcountClusters: 56,
  snapshots: 60,
  incompatible: 72,
  refcountOrder: 96,
  headerBytes: 100,
  compression: 104,
} as const;
/** Incompatible features that are no danger: compression type. Not: dirty, corrupt, external data, extended L2. */
const COMPRESSION_TYPE = 8n;
const FEATURES: readonly [bit: bigint, why: string][] = [
  [1n, 'was not closed properly: its reference counts are wrong'],
  [2n, 'says of itself that it is damaged'],
  [4n, 'has its data in another file'],
  [16n, 'has subclusters, which few programs read'],
];
const EXTENSION = { backingFormat: 0xe2792aca, dataFile: 0x44415441, encryption: 0x0537be77 } as const;
const OFFSET_MASK = 0x00fffffffffffe00n;
const COMPRESSED = 1n << 62n;
const ZERO = 1n;
/** Bits of an entry that the format keeps for itself, and that no program sets. */
const L1_RESERVED = 0x7f000000000001ffn;
const L2_RESERVED = 0x3f000000000001fen;

/** Looks at header, extensions and every table of a qcow2. @throws GoldsmithError `source-unsafe` */
export async function inspectQcow2(file: ForeignFile): Promise<Claims> {
  const header = await file.read(0, 72, 'a header');
  const version = header.readUInt32BE(HEADER.version);
  if (version !== 2 && version !== 3) file.refuse(`is qcow2 version ${version}`);
  if (header.readBigUInt64BE(HEADER.backing) !== 0n) file.refuse('has a backing file');
  if (header.readUInt32BE(HEADER.crypt) !== 0) file.refuse('is encrypted');
  if (header.readUInt32BE(HEADER.snapshots) !== 0) file.refuse('has internal snapshots');
  const clusterBits = header.readUInt32BE(HEADER.clusterBits);
  if (clusterBits < 9 || clusterBits > 21) file.refuse(`has clusters of 2^${clusterBits} bytes`);
  const clusterBytes = 2 ** clusterBits;
  await checkVersion3(file, version, clusterBytes);
  const size = sizeOf(file, header.readBigUInt64BE(HEADER.size), 'a size');
  const virtualBytes = checkVirtualSize(file, size);
  if (virtualBytes % 512 !== 0) file.refuse('has a size that is no whole number of sectors');
  await checkRefcounts(file, header, clusterBytes);
  return { virtualBytes, dataBytes: await walk(file, header, clusterBytes, virtualBytes) };
}

async function checkVersion3(file: ForeignFile, version: number, clusterBytes: number): Promise<void> {
  if (version === 2) return checkExtensions(file, 72, clusterBytes);
  const more = await file.read(0, 112, 'a header');
  const features = more.readBigUInt64BE(HEADER.incompatible);
  for (const [bit, why] of FEATURES) if (features & bit) file.refuse(why);
  if (features & ~COMPRESSION_TYPE) file.refuse('uses features that nobody here knows');
  const headerBytes = more.readUInt32BE(HEADER.headerBytes);
  if (headerBytes < 104 || headerBytes > clusterBytes || headerBytes % 8 !== 0)
    file.refuse('has a header of a wrong length');
  if (more.readUInt32BE(HEADER.refcountOrder) > 6) file.refuse('has reference counts of an impossible width');
  const compression = headerBytes > 104 ? (more[HEADER.compression] ?? 0) : 0;
  if (compression > 1) file.refuse('is compressed by an unknown algorithm');
  await checkExtensions(file, headerBytes, clusterBytes);
}

/** Header extensions lie in the first cluster: type, length, data padded to eight bytes; type 0 ends them. */
async function checkExtensions(file: ForeignFile, from: number, clusterBytes: number): Promise<void> {
  const area = await file.peek(0, clusterBytes);
  for (let at = from; at + 8 <= clusterBytes; ) {
    const [type, length] = [area.readUInt32BE(at), area.readUInt32BE(at + 4)];
    if (type === 0) return;
    if (type === EXTENSION.backingFormat) file.refuse('names the format of a backing file');
    if (type === EXTENSION.dataFile) file.refuse('has its data in another file');
    if (type === EXTENSION.encryption) file.refuse('is encrypted');
    if (at + 8 + length > clusterBytes) file.refuse('has a header extension beyond its first cluster');
    at += 8 + Math.ceil(length / 8) * 8;
  }
}

async function checkRefcounts(file: ForeignFile, header: Buffer, clusterBytes: number): Promise<void> {
  const at = sizeOf(file, header.readBigUInt64BE(HEADER.refcounts), 'a table of reference counts');
  const clusters = header.readUInt32BE(HEADER.refcountClusters);
  if (at % clusterBytes !== 0 || at === 0) file.refuse('has its reference counts at an impossible place');
  if (clusters === 0) file.refuse('has no reference counts');
  await file.read(at, clusters * clusterBytes, 'a table of reference counts');
}

/** Follows every pointer. @returns the bytes of all clusters that are there */
async function walk(file: ForeignFile, header: Buffer, clusterBytes: number, virtualBytes: number): Promise<number> {
  const perTable = clusterBytes / 8;
  const entries = header.readUInt32BE(HEADER.l1Entries);
  const needed = Math.ceil(virtualBytes / (clusterBytes * perTable));
  if (entries < needed) file.refuse('has a cluster table that is too short');
  const at = sizeOf(file, header.readBigUInt64BE(HEADER.l1), 'a cluster table');
  const l1 = await file.read(at, entries * 8, 'a cluster table');
  if (at % clusterBytes !== 0) file.refuse('has its cluster table at an impossible place');
  const tables = new Places(file, 'cluster tables');
  const clusters = new Places(file, 'clusters');
  const counts = Number(header.readBigUInt64BE(HEADER.refcounts));
  for (const places of [tables, clusters]) {
    places.reserve(0, clusterBytes, 'its header');
    places.reserve(at, entries * 8, 'its cluster table');
    places.reserve(counts, header.readUInt32BE(HEADER.refcountClusters) * clusterBytes, 'its reference counts');
  }
  const compressed = new Places(file, 'compressed clusters');
  for (let nth = 0; nth < entries; nth++) {
    const entry = l1.readBigUInt64BE(nth * 8);
    const place = Number(entry & OFFSET_MASK);
    if (entry & L1_RESERVED) file.refuse('has an entry of its tables with bits that nobody here knows');
    if (place === 0) continue;
    if (place % clusterBytes !== 0) file.refuse('has a cluster table at an impossible place');
    tables.add(place, clusterBytes);
    clusters.reserve(place, clusterBytes, 'a cluster table');
    const table = await file.read(place, clusterBytes, 'a cluster table');
    addClusters(table, { clusters, compressed, clusterBytes, file });
  }
  tables.check(clusterBytes);
  clusters.check(clusterBytes);
  return (clusters.count + compressed.count) * clusterBytes;
}

interface Walk {
  clusters: Places;
  /** Several share a cluster, and they begin anywhere. */
  compressed: Places;
  clusterBytes: number;
  file: ForeignFile;
}

function addClusters(table: Buffer, { clusters, compressed, clusterBytes, file }: Walk): void {
  // Compressed: the low bits are the place, the ones above it how many further sectors it takes.
  const placeBits = BigInt(62 - (Math.log2(clusterBytes) - 8));
  for (let at = 0; at < table.length; at += 8) {
    const entry = table.readBigUInt64BE(at);
    if (entry & COMPRESSED) {
      compressed.add(sizeOf(file, entry & ((1n << placeBits) - 1n), 'a cluster'), 1);
    } else if (entry & L2_RESERVED) {
      file.refuse('has an entry of its tables with bits that nobody here knows');
    } else if ((entry & OFFSET_MASK) !== 0n && !(entry & ZERO)) {
      const place = Number(entry & OFFSET_MASK);
      if (place % clusterBytes !== 0) file.refuse('has a cluster at an impossible place');
      clusters.add(place, 1);
    }
  }
}
