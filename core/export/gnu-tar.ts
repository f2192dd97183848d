import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Extent, readBlocks } from './extents.ts';
import { gzip } from './gzip.ts';

const BLOCK = 512;
/** Sparse entries in the first header, and in each that follows it. */
const IN_HEADER = 4;
const IN_EXTENSION = 21;
const PIECE_BYTES = 1024 * 1024;
/** The largest number that eleven octal digits hold; larger ones are written in base 256. */
const MAX_OCTAL = 8 ** 11 - 1;

export interface SparseTar {
  /** The only member's name. */
  name: string;
  diskBytes: number;
  /** Modification time, in seconds since 1970. */
  timeS: number;
  signal: AbortSignal;
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/**
 * Writes one sparse file as an old-GNU tar (type S), compressed with gzip: what `tar --format=oldgnu -Sczf` makes, and
 * all that Google Compute Engine takes. The pieces are compressed side by side, as pigz does.
 */
export async function writeSparseTarGz(raw: string, extents: Extent[], out: string, tar: SparseTar): Promise<void> {
  const total = extents.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  const { onProgress, signal } = tar;
  async function* told(): AsyncGenerator<Buffer> {
    for await (const piece of tarBytes(raw, extents, tar)) {
      signal.throwIfAborted();
      done += piece.length;
      onProgress?.(Math.min(done, total), total);
      yield piece;
    }
  }
  await pipeline(Readable.from(gzip(told())), createWriteStream(out, { flags: 'wx' }), { signal });
}

async function* tarBytes(raw: string, extents: Extent[], tar: SparseTar): AsyncGenerator<Buffer> {
  const stored = extents.reduce((sum, { length }) => sum + length, 0);
  yield tarHeaders(extents, tar, stored);
  for await (const { block, length } of readBlocks(raw, extents, PIECE_BYTES)) yield block.subarray(0, length);
  const padding = (BLOCK - (stored % BLOCK)) % BLOCK;
  yield Buffer.alloc(padding + 2 * BLOCK);
}

/** Member header with the first four sparse entries, then as many extension blocks as it takes (GNU tar manual). */
export function tarHeaders(extents: Extent[], { name, diskBytes, timeS }: SparseTar, storedBytes: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 'latin1');
  number(header, 100, 8, 0o644);
  number(header, 108, 8, 0);
  number(header, 116, 8, 0);
  number(header, 124, 12, storedBytes);
  number(header, 136, 12, timeS);
  header.write('S', 156, 'latin1');
  header.write('ustar  \0', 257, 'latin1');
  header.write('root', 265, 'latin1');
  header.write('root', 297, 'latin1');
  // A last, empty entry tells where the file ends, as GNU tar writes it.
  const entries = [...extents, { start: diskBytes, length: 0 }];
  sparseEntries(header, 386, entries.slice(0, IN_HEADER));
  header[482] = entries.length > IN_HEADER ? 1 : 0;
  number(header, 483, 12, diskBytes);
  checksum(header);
  return Buffer.concat([header, ...extensions(entries.slice(IN_HEADER))]);
}

function extensions(entries: Extent[]): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = 0; at < entries.length; at += IN_EXTENSION) {
    const block = Buffer.alloc(BLOCK);
    sparseEntries(block, 0, entries.slice(at, at + IN_EXTENSION));
    block[504] = at + IN_EXTENSION < entries.length ? 1 : 0;
    blocks.push(block);
  }
  return blocks;
}

function sparseEntries(block: Buffer, from: number, entries: Extent[]): void {
  for (const [nth, { start, length }] of entries.entries()) {
    number(block, from + nth * 24, 12, start);
    number(block, from + nth * 24 + 12, 12, length);
  }
}

/** Octal digits and a NUL, or GNU's base 256 with the highest bit set. */
function number(block: Buffer, at: number, width: number, value: number): void {
  if (value <= Math.min(MAX_OCTAL, 8 ** (width - 1) - 1)) {
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
    return;
  }
  block[at] = 0x80;
  block.writeBigUInt64BE(BigInt(value), at + width - 8);
}

/** The sum of all bytes, with the field itself as spaces. */
function checksum(header: Buffer): void {
  header.write('        ', 148, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
