import { type FileHandle, open, stat } from 'node:fs/promises';
import { z } from 'zod';
import { run } from '../exec.ts';
import { inOrder } from './ordered.ts';

const PIECE_BYTES = 4 * 1024 ** 2;

/** A stretch of a disk that holds something else than zeros, in bytes. */
export interface Extent {
  start: number;
  length: number;
}

const mapSchema = z.array(z.object({ start: z.number(), length: z.number(), data: z.boolean(), zero: z.boolean() }));

/** Where a sparse raw file has data, as its file system knows (`qemu-img map`). Adjacent stretches are joined. */
export async function dataExtents(raw: string, signal: AbortSignal): Promise<Extent[]> {
  const { stdout } = await run('qemu-img', ['map', '-f', 'raw', '--output=json', raw], { signal });
  const extents: Extent[] = [];
  for (const { start, length, data, zero } of mapSchema.parse(JSON.parse(stdout))) {
    if (!data || zero) continue;
    const last = extents.at(-1);
    if (last && last.start + last.length === start) last.length += length;
    else extents.push({ start, length });
  }
  return extents;
}

/** The same, in whole blocks of `blockBytes`, none twice, cut at the end of the disk. */
export function alignedExtents(extents: Extent[], blockBytes: number, diskBytes: number): Extent[] {
  const aligned: Extent[] = [];
  for (const { start, length } of extents) {
    const from = Math.max(Math.floor(start / blockBytes) * blockBytes, end(aligned.at(-1)));
    const to = Math.min(Math.ceil((start + length) / blockBytes) * blockBytes, diskBytes);
    if (to <= from) continue;
    const last = aligned.at(-1);
    if (last && end(last) === from) last.length += to - from;
    else aligned.push({ start: from, length: to - from });
  }
  return aligned;
}

const end = (extent: Extent | undefined): number => (extent ? extent.start + extent.length : 0);

/**
 * Reads the extents block by block, in order; a block of fewer than `blockBytes` (`length`) is filled up with zeros. The
 * disk is read in large pieces, the next one while this one's blocks are in use: a read would wait behind their
 * compression, which is done in the same threads, and then these would wait for it.
 */
export async function* readBlocks(
  raw: string,
  extents: Extent[],
  blockBytes: number,
): AsyncGenerator<{ offset: number; block: Buffer; length: number }> {
  const file: FileHandle = await open(raw);
  const wholeBlocks = (bytes: number): number => Math.ceil(bytes / blockBytes) * blockBytes;
  try {
    const pieces = inOrder(stretches(extents, wholeBlocks(PIECE_BYTES)), 2, async ({ start, length }) => {
      const bytes = Buffer.alloc(wholeBlocks(length));
      await file.read(bytes, 0, length, start);
      return { start, length, bytes };
    });
    for await (const { start, length, bytes } of pieces) {
      for (let at = 0; at < length; at += blockBytes) {
        const block = bytes.subarray(at, at + blockBytes);
        yield { offset: start + at, block, length: Math.min(blockBytes, length - at) };
      }
    }
  } finally {
    await file.close();
  }
}

/** The extents in stretches of at most so many bytes. */
function* stretches(extents: Extent[], mostBytes: number): Generator<Extent> {
  for (const { start, length } of extents) {
    for (let at = 0; at < length; at += mostBytes)
      yield { start: start + at, length: Math.min(mostBytes, length - at) };
  }
}

/** The first byte is zero, and each is as the one before it: a comparison of memory, where a loop is slow. */
export const isZero = (block: Buffer): boolean =>
  block[0] === 0 && block.subarray(1).equals(block.subarray(0, block.length - 1));

export const fileSize = async (file: string): Promise<number> => (await stat(file)).size;
