import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32c } from '../../../core/export/crc32c.ts';
import { VHD_FOOTER, vhdChecksum } from '../../../core/export/vhd.ts';

/** Honest images made by qemu-img, to be forged byte by byte. */
export interface Originals {
  raw: Buffer;
  qcow2: Buffer;
  vhd: Buffer;
  dynamic: Buffer;
  vhdx: Buffer;
  vmdk: Buffer;
  stream: Buffer;
}

const MIB = 1024 ** 2;

export function makeOriginals(dir: string): Originals {
  const raw = Buffer.alloc(4 * MIB);
  for (const at of [0, 100_000, 2 * MIB, 3 * MIB]) raw.fill(`data at ${at} `, at + 4096, at + 80_000);
  const source = path.join(dir, 'original.raw');
  writeFileSync(source, raw);
  const convert = (format: string, options: string): Buffer => {
    const out = path.join(dir, `original.${format}-${options.length}`);
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, ...(options ? ['-o', options] : []), source, out]);
    return readFileSync(out);
  };
  return {
    raw,
    qcow2: convert('qcow2', 'cluster_size=64k'),
    vhd: convert('vpc', 'subformat=fixed,force_size=on'),
    dynamic: convert('vpc', 'subformat=dynamic,force_size=on'),
    vhdx: convert('vhdx', 'subformat=dynamic,block_size=1M'),
    vmdk: convert('vmdk', 'subformat=monolithicSparse'),
    stream: convert('vmdk', 'subformat=streamOptimized'),
  };
}

/** A copy with some of its bytes changed. */
export function forged(original: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(original);
  change(copy);
  return copy;
}

export const u16 =
  (at: number, value: number, isLittle = false) =>
  (copy: Buffer) =>
    isLittle ? copy.writeUInt16LE(value, at) : copy.writeUInt16BE(value, at);
export const be32 = (at: number, value: number) => (copy: Buffer) => copy.writeUInt32BE(value, at);
export const be64 = (at: number, value: bigint) => (copy: Buffer) => copy.writeBigUInt64BE(value, at);
export const le32 = (at: number, value: number) => (copy: Buffer) => copy.writeUInt32LE(value, at);
export const le64 = (at: number, value: bigint) => (copy: Buffer) => copy.writeBigUInt64LE(value, at);

/** A qcow2 header extension in the place of the first one. */
export const qcow2Extension = (type: number, text: string) => (copy: Buffer) => {
  const at = copy.readUInt32BE(100);
  copy.writeUInt32BE(type, at);
  copy.writeUInt32BE(text.length, at + 4);
  copy.write(text.padEnd(Math.ceil(text.length / 8) * 8, '\0'), at + 8, 'latin1');
};

/** Backing file name as an overlay has it. */
export const qcow2Backing = (name: string) => (copy: Buffer) => {
  copy.writeBigUInt64BE(1024n, 8);
  copy.writeUInt32BE(name.length, 16);
  copy.write(name, 1024, 'latin1');
};

/** First cluster table (L1) and second one (L2) of a qcow2. */
export const l1Of = (qcow2: Buffer): number => Number(qcow2.readBigUInt64BE(40));
export const l2Of = (qcow2: Buffer): number => Number(qcow2.readBigUInt64BE(l1Of(qcow2)) & 0x00fffffffffffe00n);
/** Where the nth allocated entry of the L2 table stands. */
export function l2Entry(qcow2: Buffer, nth: number): number {
  const found: number[] = [];
  for (let at = l2Of(qcow2); at < l2Of(qcow2) + 512; at += 8) if (qcow2.readBigUInt64BE(at) !== 0n) found.push(at);
  return found[nth] ?? 0;
}

/** Changes a VHD's footer, and its copy at the start where there is one, and seals them again. */
export const vhdFooterWith = (change: (footer: Buffer) => void) => (copy: Buffer) => {
  const footer = copy.subarray(copy.length - 512);
  change(footer);
  footer.writeUInt32BE(vhdChecksum(footer), VHD_FOOTER.checksum);
  if (copy.toString('latin1', 0, 8) === 'conectix') footer.copy(copy, 0);
};

/** Changes the header of a dynamic VHD, which stands at 512, and seals it again. */
export const vhdHeaderWith = (change: (header: Buffer) => void) => (copy: Buffer) => {
  const header = copy.subarray(512, 512 + 1024);
  change(header);
  header.writeUInt32BE(0, 36);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.writeUInt32BE(~sum >>> 0, 36);
};

/** Where a dynamic VHD's block table is. */
export const batOf = (vhd: Buffer): number => Number(vhd.readBigUInt64BE(512 + 16));

const seal = (structure: Buffer): void => {
  structure.writeUInt32LE(0, 4);
  structure.writeUInt32LE(crc32c(structure), 4);
};

/** Changes both headers of a VHDX and seals them again. */
export const vhdxHeadersWith = (change: (header: Buffer) => void) => (copy: Buffer) => {
  for (const at of [65_536, 131_072]) {
    const header = copy.subarray(at, at + 4096);
    change(header);
    seal(header);
  }
};

/** Changes both region tables of a VHDX and seals them again. */
export const vhdxRegionsWith = (change: (table: Buffer) => void) => (copy: Buffer) => {
  for (const at of [196_608, 262_144]) {
    const table = copy.subarray(at, at + 65_536);
    change(table);
    seal(table);
  }
};

const BAT = '6677c22d23f600429d64115e9bfd4a08';
const METADATA = '06a27c8b90479a4bb8fe575f050f886e';

function regionAt(vhdx: Buffer, guid: string): number {
  const table = vhdx.subarray(196_608, 262_144);
  const nth = [0, 1].find(entry => table.toString('hex', 16 + entry * 32, 32 + entry * 32) === guid) ?? 0;
  return Number(table.readBigUInt64LE(32 + nth * 32));
}

export const vhdxBat = (vhdx: Buffer): number => regionAt(vhdx, BAT);
export const vhdxMetadata = (vhdx: Buffer): number => regionAt(vhdx, METADATA);

/** Where a metadata item's entry, or its value, stands. */
export function vhdxItem(vhdx: Buffer, guid: string): { entry: number; value: number } {
  const table = vhdxMetadata(vhdx);
  for (let entry = table + 32; ; entry += 32) {
    if (vhdx.toString('hex', entry, entry + 16) === guid)
      return { entry, value: table + vhdx.readUInt32LE(entry + 16) };
    if (entry > table + 1024) throw new Error(`no item ${guid}`);
  }
}

/** The nth block that is there, by the place of its entry. */
export function vhdxBlock(vhdx: Buffer, nth: number): number {
  const found: number[] = [];
  for (let at = vhdxBat(vhdx); found.length <= nth && at < vhdxBat(vhdx) + 4096; at += 8)
    if ((vhdx.readBigUInt64LE(at) & 7n) === 6n) found.push(at);
  return found[nth] ?? 0;
}

/** Replaces text in a VMDK's descriptor, which keeps its length. */
export const vmdkText = (from: RegExp, to: string) => (copy: Buffer) => {
  const at = Number(copy.readBigUInt64LE(28)) * 512;
  const length = Number(copy.readBigUInt64LE(36)) * 512;
  const text = copy.toString('latin1', at, at + length).replace(/\0+$/, '');
  if (!from.test(text)) throw new Error(`${from} is not in ${text}`);
  copy.fill(0, at, at + length);
  copy.write(text.replace(from, to), at, 'latin1');
};

/** Where the entry of the nth grain that is there stands, in the first grain table. */
export function vmdkGrain(vmdk: Buffer, nth: number): number {
  const directory = Number(vmdk.readBigUInt64LE(56)) * 512;
  const table = vmdk.readUInt32LE(directory) * 512;
  const found: number[] = [];
  for (let at = table; found.length <= nth && at < table + 2048; at += 4) if (vmdk.readUInt32LE(at) > 1) found.push(at);
  return found[nth] ?? 0;
}

/** A qcow2 of a few MiB whose compressed clusters lie a byte apart: 32 GiB of data, says its table. */
export function qcow2Bomb(): Buffer {
  const tables = 64;
  const cluster = 65_536;
  const bomb = Buffer.alloc((3 + tables) * cluster + 8192 * tables + 1024);
  bomb.write('QFI\xfb', 0, 'latin1');
  be32(4, 3)(bomb);
  be32(20, 16)(bomb);
  be64(24, BigInt(tables) * 8192n * BigInt(cluster))(bomb);
  be32(36, tables)(bomb);
  be64(40, BigInt(2 * cluster))(bomb);
  be64(48, BigInt(cluster))(bomb);
  be32(56, 1)(bomb);
  be32(96, 4)(bomb);
  be32(100, 104)(bomb);
  for (let table = 0; table < tables; table++) {
    const at = (3 + table) * cluster;
    be64(2 * cluster + table * 8, BigInt(at) | (1n << 63n))(bomb);
    for (let nth = 0; nth < 8192; nth++) {
      const place = (3 + tables) * cluster + table * 8192 + nth;
      be64(at + nth * 8, BigInt(place) | (1n << 62n))(bomb);
    }
  }
  return bomb;
}
