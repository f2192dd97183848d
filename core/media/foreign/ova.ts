import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Header } from 'tar-stream';
import { tarMembers } from '../tar-members.ts';
import { type OvfDescription, readOvf } from './ovf.ts';
import { ForeignFile, refuse } from './reader.ts';

/** A descriptor is a few KiB; one machine has few disks. */
const MAX_TEXT_BYTES = 4 * 1024 ** 2;
const MAX_MEMBERS = 64;
const PLAIN_NAME = /^[A-Za-z0-9_][\w .+()-]*$/;

/** The disks of an OVA, unpacked under names of our own. */
export interface UnpackedOva {
  description: OvfDescription;
  /** In the order of the descriptor. */
  disks: { path: string; name: string }[];
}

interface Member {
  name: string;
  bytes: number;
  text: string;
  hashes: Record<string, string>;
  path: string | undefined;
}

/**
 * Unpacks the disks of an OVA into a folder, after its names; then holds everything against descriptor and manifest.
 * @throws GoldsmithError `source-unsafe` with the reason
 */
export async function unpackOva(file: string, dir: string, signal: AbortSignal): Promise<UnpackedOva> {
  const names = new Set<string>();
  await readTar(file, signal, async header => checkMember(file, header, names), undefined);
  const members: Member[] = [];
  await readTar(
    file,
    signal,
    async () => undefined,
    async (header, content) => {
      const isText = /\.(ovf|mf|cert)$/i.test(header.name);
      if (isText && (header.size ?? 0) > MAX_TEXT_BYTES) refuse(file, `has a ${header.name} of ${header.size} bytes`);
      const place = isText ? undefined : path.join(dir, `member-${members.length}`);
      members.push({
        name: header.name,
        bytes: header.size ?? 0,
        ...(await take(content, place, signal)),
        path: place,
      });
    },
  );
  const [ovf] = members;
  if (ovf?.name === 'metadata.json') return refuse(file, 'is a Vagrant box: unpack it (tar -xf), and import its disk');
  if (!ovf?.name.toLowerCase().endsWith('.ovf')) return refuse(file, 'does not begin with its .ovf');
  const second = members.find(({ name }, nth) => nth > 0 && /\.ovf$/i.test(name));
  if (second) refuse(file, `holds a second descriptor, ${second.name}: programs differ in which one they go by`);
  const description = readOvf(file, ovf.text);
  checkManifest(file, members);
  return { description, disks: description.disks.map(disk => diskOf(file, disk.file, disk.bytes, members)) };
}

/** Whether it is a tar archive: whatever else it is, it is no disk. */
export async function isArchive(path: string): Promise<boolean> {
  const file = await ForeignFile.open(path);
  try {
    return (await file.peek(0, 512)).toString('latin1', 257, 262) === 'ustar';
  } finally {
    await file.close();
  }
}

/** Plain files with plain names, each once: no folders, no links, no way out. */
function checkMember(file: string, { name, type, size }: Header, names: Set<string>): void {
  if (type !== 'file') refuse(file, `holds ${name}, which is a ${type} and no plain file`);
  if (!PLAIN_NAME.test(name)) refuse(file, `holds a file with the name ${JSON.stringify(name.slice(0, 100))}`);
  if (names.has(name.toLowerCase())) refuse(file, `holds ${name} twice`);
  if (!Number.isSafeInteger(size) || (size ?? -1) < 0) refuse(file, `holds ${name} with an impossible size`);
  names.add(name.toLowerCase());
  if (names.size > MAX_MEMBERS) refuse(file, `holds more than ${MAX_MEMBERS} files`);
}

type Content = AsyncIterable<Buffer> & NodeJS.ReadableStream;

async function readTar(
  file: string,
  signal: AbortSignal,
  look: (header: Header) => Promise<void>,
  use: ((header: Header, content: Content) => Promise<void>) | undefined,
): Promise<void> {
  try {
    for await (const entry of tarMembers(file, { signal })) {
      await look(entry.header);
      if (use) await use(entry.header, entry as unknown as Content);
      else entry.resume();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && error.name === 'GoldsmithError') throw error;
    refuse(file, `is no whole tar archive: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function take(content: Content, place: string | undefined, signal: AbortSignal) {
  const hashes = { SHA1: createHash('sha1'), SHA256: createHash('sha256'), SHA512: createHash('sha512') };
  const pieces: Buffer[] = [];
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const piece of content) {
      for (const hash of Object.values(hashes)) hash.update(piece);
      if (place === undefined) pieces.push(piece);
      yield piece;
    }
  }
  if (place === undefined) for await (const _ of hashed());
  else await pipeline(hashed, createWriteStream(place, { flags: 'wx', mode: 0o600 }), { signal });
  const digests = Object.entries(hashes).map(([name, hash]) => [name, hash.digest('hex')] as const);
  return { text: Buffer.concat(pieces).toString(), hashes: Object.fromEntries(digests) };
}

/** Where there is a manifest, everything but itself and its certificate is in it (DSP0243, 5.1). */
function checkManifest(file: string, members: Member[]): void {
  const manifest = members.find(({ name }) => /\.mf$/i.test(name));
  if (!manifest) return;
  const named = new Map<string, { algorithm: string; hex: string }>();
  for (const line of manifest.text.split(/\r?\n/).filter(text => text.trim() !== '')) {
    const [, algorithm, name, hex] = /^(SHA1|SHA256|SHA512)\s*\(([^)]+)\)\s*=\s*([0-9a-fA-F]+)\s*$/.exec(line) ?? [];
    if (!algorithm || !name || !hex)
      throw refuse(file, `has a manifest with the line ${JSON.stringify(line.slice(0, 80))}`);
    named.set(name, { algorithm, hex: hex.toLowerCase() });
  }
  for (const { name, hashes } of members.filter(member => !/\.(mf|cert)$/i.test(member.name))) {
    const expected = named.get(name);
    if (!expected) refuse(file, `holds ${name}, which is not in its manifest`);
    if (expected && hashes[expected.algorithm] !== expected.hex)
      refuse(file, `holds ${name}, which is not as its manifest says`);
  }
  const lost = [...named.keys()].find(name => !members.some(member => member.name === name));
  if (lost !== undefined) refuse(file, `lacks ${lost}, which its manifest names`);
}

function diskOf(
  file: string,
  name: string,
  bytes: number | undefined,
  members: Member[],
): { path: string; name: string } {
  const member = members.find(one => one.name === name);
  if (!member?.path) return refuse(file, `has a disk in ${JSON.stringify(name.slice(0, 100))}, which is not in it`);
  if (bytes !== undefined && bytes !== member.bytes)
    refuse(file, `says that ${name} has ${bytes} bytes; it has ${member.bytes}`);
  return { path: member.path, name };
}
