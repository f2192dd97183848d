import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { TargetName } from '../model/export.ts';
import { checkDocker } from './check-docker.ts';
import { fileSize } from './extents.ts';
import { VMDK } from './stream-vmdk.ts';
import { VHD_FOOTER, vhdChecksum } from './vhd.ts';

/** What is wrong with an artifact, in a sentence each; empty when nothing is. */
export type Findings = string[];

/** What each target's files must be by their bytes, apart from their checksums: what imports really fail on. */
export const CHECKS: Partial<
  Record<TargetName, { end: string; check: (file: string, virtualBytes: number) => Promise<Findings> }>
> = {
  vhd: { end: '.vhd', check: checkFixedVhd },
  azure: { end: '.vhd', check: checkFixedVhd },
  'vmdk-stream': { end: '.vmdk', check: checkStreamVmdk },
  aws: { end: '.vmdk', check: checkStreamVmdk },
  'ova-vmware': { end: '.ova', check: checkOva },
  'ova-virtualbox': { end: '.ova', check: checkOva },
  'aws-ova': { end: '.ova', check: checkOva },
  gcp: { end: '.tar.gz', check: checkGcp },
  docker: { end: '-rootfs.tar.gz', check: checkDocker },
};

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Azure's and Hyper-V's rules for a fixed VHD. */
export async function checkFixedVhd(file: string): Promise<Findings> {
  const bytes = await fileSize(file);
  const diskBytes = bytes - 512;
  const footer = await withFile(file, handle => readAt(handle, Math.max(0, diskBytes), 512));
  const at = VHD_FOOTER;
  return findings([
    [footer.toString('latin1', 0, 8) === 'conectix', 'there is no VHD footer at its end'],
    [diskBytes % MIB === 0, 'its size without the footer is no whole number of MiB'],
    [footer.readUInt32BE(at.features) === 2, 'the features field is not 2'],
    [footer.readUInt32BE(at.version) === 0x10000, 'the version is not 1.0'],
    [footer.readBigUInt64BE(at.dataOffset) === 0xffffffffffffffffn, 'the data offset is not that of a fixed disk'],
    [footer.readUInt32BE(at.type) === 2, 'its type is not fixed'],
    [footer.readBigUInt64BE(at.originalSize) === footer.readBigUInt64BE(at.currentSize), 'its two sizes differ'],
    [footer.readBigUInt64BE(at.currentSize) === BigInt(Math.max(0, diskBytes)), 'the footer names another size'],
    [footer.readUInt32BE(at.checksum) === vhdChecksum(footer), 'the checksum of the footer is wrong'],
  ]);
}

/** A streamOptimized VMDK as vSphere reads it: header, footer, markers, and every grain where its table says. */
export async function checkStreamVmdk(file: string, virtualBytes: number): Promise<Findings> {
  const bytes = await fileSize(file);
  if (bytes % VMDK.sector !== 0 || bytes < 4 * VMDK.sector) return ['it was cut off: it is no whole number of sectors'];
  return withFile(file, async handle => {
    const header = await readAt(handle, 0, VMDK.sector);
    const footer = await readAt(handle, bytes - 2 * VMDK.sector, VMDK.sector);
    const footerMarker = await readAt(handle, bytes - 3 * VMDK.sector, VMDK.sector);
    const end = await readAt(handle, bytes - VMDK.sector, VMDK.sector);
    const found = findings([
      [header.toString('latin1', 0, 4) === 'KDMV', 'it does not start as a VMDK'],
      [header.readUInt32LE(4) === VMDK.version, 'its version is not 3'],
      [header.readUInt32LE(8) === VMDK.flags, 'its flags are not those of a compressed stream'],
      [header.readBigUInt64LE(12) * 512n === BigInt(virtualBytes), 'its capacity is not the size of the disk'],
      [header.readBigUInt64LE(56) === VMDK.atEnd, 'the header does not send to the footer'],
      [footerMarker.readUInt32LE(12) === 3, 'there is no footer marker'],
      [footer.toString('latin1', 0, 4) === 'KDMV', 'there is no footer'],
      [end.every(byte => byte === 0), 'there is no end-of-stream marker'],
    ]);
    return found.length > 0 ? found : checkGrains(handle, footer, virtualBytes, bytes);
  });
}

async function checkGrains(handle: FileHandle, footer: Buffer, virtualBytes: number, bytes: number): Promise<Findings> {
  const perTable = VMDK.grainSectors * VMDK.sector * VMDK.tableEntries;
  const tables = Math.ceil(virtualBytes / perTable);
  const directory = await readAt(handle, Number(footer.readBigUInt64LE(56)) * VMDK.sector, tables * 4);
  for (let nth = 0; nth < tables; nth++) {
    const place = directory.readUInt32LE(nth * 4) * VMDK.sector;
    if (place === 0) continue;
    if (place >= bytes) return [`grain table ${nth} lies beyond its end`];
    const table = await readAt(handle, place, VMDK.tableEntries * 4);
    for (let entry = 0; entry < VMDK.tableEntries; entry++) {
      const sector = table.readUInt32LE(entry * 4);
      if (sector === 0) continue;
      const grain = await readAt(handle, sector * VMDK.sector, 12);
      const wanted = (nth * VMDK.tableEntries + entry) * VMDK.grainSectors;
      if (grain.readBigUInt64LE(0) !== BigInt(wanted))
        return [`the grain of sector ${wanted} is not where it should be`];
    }
  }
  return [];
}

/** OVF first, then the manifest, then the files it names with the hashes it names (DSP0243, 5). */
export async function checkOva(file: string): Promise<Findings> {
  const members = await readMembers(file).catch(() => undefined);
  if (!members) return ['it is no whole tar archive'];
  const [ovf, manifest, ...others] = members;
  if (!ovf?.name.endsWith('.ovf')) return ['its first member is not the .ovf'];
  if (!manifest?.name.endsWith('.mf')) return ['its second member is not the .mf'];
  const lines = manifest.text.trim().split('\n');
  const named = new Map(
    lines.map(line => {
      const [, algorithm = '', name = '', hex = ''] = /^(SHA\d+)\(([^)]+)\)= ([0-9a-f]+)$/.exec(line) ?? [];
      return [name, { algorithm, hex }] as const;
    }),
  );
  return [ovf, ...others].flatMap(({ name, sha1, sha256 }) => {
    const expected = named.get(name);
    if (!expected) return [`${name} is not in its manifest`];
    const actual = expected.algorithm === 'SHA1' ? sha1 : sha256;
    return actual === expected.hex ? [] : [`${name} is not as its manifest says`];
  });
}

interface MemberDigest {
  name: string;
  /** Of small members. */
  text: string;
  sha1: string;
  sha256: string;
}

async function readMembers(file: string): Promise<MemberDigest[]> {
  const tar = createReadStream(file).pipe(extract());
  const members: MemberDigest[] = [];
  for await (const entry of tar) {
    const hashes = { sha1: createHash('sha1'), sha256: createHash('sha256') };
    const isSmall = (entry.header.size ?? 0) < MIB;
    const pieces: Buffer[] = [];
    for await (const piece of entry as AsyncIterable<Buffer>) {
      hashes.sha1.update(piece);
      hashes.sha256.update(piece);
      if (isSmall) pieces.push(piece);
    }
    const text = Buffer.concat(pieces).toString();
    members.push({
      name: entry.header.name,
      text,
      sha1: hashes.sha1.digest('hex'),
      sha256: hashes.sha256.digest('hex'),
    });
  }
  return members;
}

/** Google's rules: one sparse old-GNU member `disk.raw` of whole GiB; and the gzip stream is whole. */
export async function checkGcp(file: string): Promise<Findings> {
  let head = Buffer.alloc(0);
  try {
    for await (const piece of createReadStream(file).pipe(createGunzip()) as AsyncIterable<Buffer>) {
      if (head.length < 512) head = Buffer.concat([head, piece]).subarray(0, 512);
    }
  } catch {
    return ['its gzip stream is damaged'];
  }
  const size =
    head[483] === 0x80 ? Number(head.readBigUInt64BE(487)) : Number.parseInt(head.toString('latin1', 483, 494), 8);
  return findings([
    [head.toString('latin1', 0, 9) === 'disk.raw\0', 'its member is not called disk.raw'],
    [head.toString('latin1', 156, 157) === 'S', 'its member is not sparse'],
    [head.toString('latin1', 257, 265) === 'ustar  \0', 'it is no old-GNU archive'],
    [size > 0 && size % GIB === 0, 'the disk is no whole number of GiB'],
  ]);
}

const findings = (rules: [isRight: boolean, wrong: string][]): Findings =>
  rules.flatMap(([isRight, wrong]) => (isRight ? [] : [wrong]));

async function withFile<T>(file: string, act: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(file);
  try {
    return await act(handle);
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  await handle.read(bytes, 0, length, offset);
  return bytes;
}
