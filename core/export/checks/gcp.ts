import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Findings, findings } from './findings.ts';

const GIB = 1024 ** 3;
const BLOCK = 512;
const HEAD_BYTES = 1024 ** 2;

/**
 * Google's rules: one sparse old-GNU member `disk.raw` of whole GiB, its GPT's backup at its end, and nothing else; the
 * gzip stream is whole.
 */
export async function checkGcp(file: string): Promise<Findings> {
  const read = await readArchive(file).catch(() => undefined);
  if (!read) return ['its gzip stream is damaged'];
  const { head, tail, bytes } = read;
  const size = numberAt(head, 483);
  const found = findings([
    [head.toString('latin1', 0, 9) === 'disk.raw\0', 'its member is not called disk.raw'],
    [head.toString('latin1', 156, 157) === 'S', 'its member is not sparse'],
    [head.toString('latin1', 257, 265) === 'ustar  \0', 'it is no old-GNU archive'],
    [headerSum(head) === Number.parseInt(head.toString('latin1', 148, 154), 8), 'the checksum of its header is wrong'],
    [size > 0 && size % GIB === 0, 'the disk is no whole number of GiB'],
  ]);
  return found.length > 0 ? found : checkContent(head, tail, bytes, size);
}

/** Behind the headers the pieces of the disk, then zeros up to a block, then two blocks of zeros. */
function checkContent(head: Buffer, tail: Buffer, bytes: number, size: number): Findings {
  let dataAt = BLOCK;
  if (head[482] === 1) while (head[dataAt + 504] === 1 && dataAt + BLOCK < head.length) dataAt += BLOCK;
  if (head[482] === 1) dataAt += BLOCK;
  const stored = numberAt(head, 124);
  const end = dataAt + Math.ceil(stored / BLOCK) * BLOCK;
  const isGpt = head.toString('latin1', dataAt + BLOCK, dataAt + BLOCK + 8) === 'EFI PART';
  const last = tail.subarray(tail.length - 3 * BLOCK, tail.length - 2 * BLOCK);
  const backup = { isThere: last.toString('latin1', 0, 8) === 'EFI PART', at: Number(last.readBigUInt64LE(24)) };
  return findings([
    [bytes === end + 2 * BLOCK, 'there is something else in it than disk.raw'],
    [tail.subarray(-2 * BLOCK).every(byte => byte === 0), 'its end is missing'],
    [!isGpt || (backup.isThere && backup.at === size / BLOCK - 1), 'the backup of its GPT is not at its end'],
  ]);
}

/** The first MiB of the tar, its last blocks, and how long it is. */
async function readArchive(file: string): Promise<{ head: Buffer; tail: Buffer; bytes: number }> {
  const pieces: Buffer[] = [];
  let tail = Buffer.alloc(0);
  let bytes = 0;
  const unpacked = createGunzip();
  const reading = pipeline(createReadStream(file), unpacked);
  reading.catch(() => undefined); // awaited below
  for await (const piece of unpacked as AsyncIterable<Buffer>) {
    if (bytes < HEAD_BYTES) pieces.push(piece);
    tail = Buffer.concat([tail, piece]).subarray(-4 * BLOCK);
    bytes += piece.length;
  }
  await reading;
  const head = Buffer.concat(pieces);
  return { head: head.length < BLOCK ? Buffer.concat([head], BLOCK) : head, tail, bytes };
}

/** Octal digits, or GNU's base 256 with the highest bit set. */
const numberAt = (block: Buffer, at: number): number =>
  block[at] === 0x80
    ? Number(block.readBigUInt64BE(at + 4))
    : Number.parseInt(block.toString('latin1', at, at + 11), 8);

/** The sum of all bytes, with the field itself as spaces. */
const headerSum = (head: Buffer): number =>
  head.subarray(0, BLOCK).reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
