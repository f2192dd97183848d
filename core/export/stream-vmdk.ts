import { type FileHandle, open } from 'node:fs/promises';
import { blockPacker } from './deflate.ts';
import { alignedExtents, type Extent, isZero, readBlocks } from './extents.ts';
import { identityOf } from './identity.ts';
import { inOrder } from './ordered.ts';

/** Sizes and numbers of VMware's Virtual Disk Format 5.0, "Stream-Optimized Compressed Sparse Extents". */
export const VMDK = {
  sector: 512,
  grainSectors: 128,
  tableEntries: 512,
  descriptorSector: 1,
  descriptorSectors: 20,
  /** Where grains start: header and descriptor, filled up to one grain. */
  overheadSectors: 128,
  version: 3,
  /** Newlines can be tested, grains are compressed, markers stand before what they name. */
  flags: 0x30001,
  deflate: 1,
  /** In the header: the grain directory's place stands in the footer. */
  atEnd: 0xffffffffffffffffn,
} as const;
const GRAIN_BYTES = VMDK.grainSectors * VMDK.sector;
const MARKER = { endOfStream: 0, grainTable: 1, grainDirectory: 2, footer: 3 } as const;
/** koffi has at most 64 calls under way, and two disks may be written side by side. */
const WIDTH = 16;

export interface StreamVmdk {
  /** Its own name, which the descriptor holds too. */
  name: string;
  diskBytes: number;
  /** What the content identifier follows from. */
  seed: string;
  hardwareVersion: number;
  /** As the controller that it will hang on. */
  adapter: 'ide' | 'lsilogic';
  signal: AbortSignal;
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** Writes the disk as a streamOptimized VMDK: for OVA, vSphere, VirtualBox and AWS. Grains of zeros are left out. */
export async function writeStreamVmdk(raw: string, extents: Extent[], out: string, disk: StreamVmdk): Promise<void> {
  const handle = await open(out, 'wx');
  try {
    await writeDisk(new SectorWriter(handle), raw, extents, disk);
  } finally {
    await handle.close();
  }
}

async function writeDisk(file: SectorWriter, raw: string, extents: Extent[], disk: StreamVmdk): Promise<void> {
  const tables = new GrainTables(file);
  const grains = alignedExtents(extents, GRAIN_BYTES, disk.diskBytes);
  const total = grains.reduce((sum, { length }) => sum + length, 0);
  await file.write(header(disk.diskBytes, VMDK.atEnd));
  await file.write(padded(Buffer.from(descriptor(disk)), VMDK.descriptorSectors * VMDK.sector));
  await file.write(Buffer.alloc(VMDK.overheadSectors * VMDK.sector - file.bytes));
  const packBlock = await blockPacker();
  let done = 0;
  const packed = inOrder(readBlocks(raw, grains, GRAIN_BYTES), WIDTH, async ({ offset, block }) => ({
    offset,
    data: isZero(block) ? undefined : await packBlock(block),
  }));
  for await (const { offset, data } of packed) {
    disk.signal.throwIfAborted();
    if (data) await tables.add(offset / GRAIN_BYTES, grain(offset / VMDK.sector, data));
    done += GRAIN_BYTES;
    disk.onProgress?.(Math.min(done, total), total);
  }
  const directory = await tables.finish(Math.ceil(disk.diskBytes / (GRAIN_BYTES * VMDK.tableEntries)));
  await file.write(marker(1, MARKER.footer));
  await file.write(header(disk.diskBytes, BigInt(directory)));
  await file.write(marker(0, MARKER.endOfStream));
}

/** Offsets: SparseExtentHeader in the specification. */
function header(diskBytes: number, directorySector: bigint): Buffer {
  const bytes = Buffer.alloc(VMDK.sector);
  bytes.write('KDMV', 0, 'latin1');
  bytes.writeUInt32LE(VMDK.version, 4);
  bytes.writeUInt32LE(VMDK.flags, 8);
  bytes.writeBigUInt64LE(BigInt(Math.ceil(diskBytes / VMDK.sector)), 12);
  bytes.writeBigUInt64LE(BigInt(VMDK.grainSectors), 20);
  bytes.writeBigUInt64LE(BigInt(VMDK.descriptorSector), 28);
  bytes.writeBigUInt64LE(BigInt(VMDK.descriptorSectors), 36);
  bytes.writeUInt32LE(VMDK.tableEntries, 44);
  bytes.writeBigUInt64LE(0n, 48);
  bytes.writeBigUInt64LE(directorySector, 56);
  bytes.writeBigUInt64LE(BigInt(VMDK.overheadSectors), 64);
  bytes.write('\n \r\n', 73, 'latin1');
  bytes.writeUInt16LE(VMDK.deflate, 77);
  return bytes;
}

function descriptor({ name, diskBytes, seed, hardwareVersion, adapter }: StreamVmdk): string {
  const sectors = Math.ceil(diskBytes / VMDK.sector);
  const cylinders = Math.min(65_535, Math.ceil(sectors / (255 * 63)));
  return [
    '# Disk DescriptorFile',
    'version=1',
    `CID=${identityOf(seed, 'vmdk').toString('hex', 0, 4)}`,
    'parentCID=ffffffff',
    'createType="streamOptimized"',
    '',
    '# Extent description',
    `RDONLY ${sectors} SPARSE "${name}"`,
    '',
    '# The Disk Data Base',
    '#DDB',
    '',
    `ddb.adapterType = "${adapter}"`,
    `ddb.geometry.cylinders = "${cylinders}"`,
    'ddb.geometry.heads = "255"',
    'ddb.geometry.sectors = "63"',
    `ddb.virtualHWVersion = "${hardwareVersion}"`,
    '',
  ].join('\n');
}

/** A grain with its marker: where it belongs, how long it is, its bytes. */
function grain(sector: number, data: Buffer): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeBigUInt64LE(BigInt(sector), 0);
  bytes.writeUInt32LE(data.length, 8);
  data.copy(bytes, 12);
  return padded(bytes, VMDK.sector);
}

function marker(sectors: number, type: number): Buffer {
  const bytes = Buffer.alloc(VMDK.sector);
  bytes.writeBigUInt64LE(BigInt(sectors), 0);
  bytes.writeUInt32LE(type, 12);
  return bytes;
}

/** Filled up with zeros to a multiple of `unit` bytes. */
const padded = (bytes: Buffer, unit: number): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((unit - (bytes.length % unit)) % unit)]);

/** Counts what it writes. */
class SectorWriter {
  bytes = 0;
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  get sector(): number {
    return this.bytes / VMDK.sector;
  }

  async write(bytes: Buffer): Promise<void> {
    this.bytes += bytes.length;
    await this.#file.writeFile(bytes); // all of them, where the last ones ended
  }
}

/** A table for each 512 grains, written when its grains are; the directory of all of them comes last. */
class GrainTables {
  readonly #file: SectorWriter;
  readonly #places = new Map<number, number>();
  #current = -1;
  #table = Buffer.alloc(0);

  constructor(file: SectorWriter) {
    this.#file = file;
  }

  async add(nth: number, bytes: Buffer): Promise<void> {
    const wanted = Math.floor(nth / VMDK.tableEntries);
    if (wanted !== this.#current) {
      await this.#flush();
      this.#current = wanted;
      this.#table = Buffer.alloc(VMDK.tableEntries * 4);
    }
    this.#table.writeUInt32LE(this.#file.sector, (nth % VMDK.tableEntries) * 4);
    await this.#file.write(bytes);
  }

  /** @returns the sector of the directory */
  async finish(tables: number): Promise<number> {
    await this.#flush();
    const entries = Buffer.alloc(tables * 4);
    for (const [nth, sector] of this.#places) entries.writeUInt32LE(sector, nth * 4);
    const directory = padded(entries, VMDK.sector);
    await this.#file.write(marker(directory.length / VMDK.sector, MARKER.grainDirectory));
    const sector = this.#file.sector;
    await this.#file.write(directory);
    return sector;
  }

  async #flush(): Promise<void> {
    if (this.#current < 0) return;
    await this.#file.write(marker(this.#table.length / VMDK.sector, MARKER.grainTable));
    this.#places.set(this.#current, this.#file.sector);
    await this.#file.write(this.#table);
  }
}
