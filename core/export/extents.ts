import { type FileHandle, open, stat } from 'node:fs/promises';
import { z } from 'zod';
import { run } from '../exec.ts';

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

/** Reads the extents block by block, in order; a block of fewer than `blockBytes` (`length`) is filled up with zeros. */
export async function* readBlocks(
  raw: string,
  extents: Extent[],
  blockBytes: number,
): AsyncGenerator<{ offset: number; block: Buffer; length: number }> {
  const file: FileHandle = await open(raw);
  try {
    for (const { start, length } of extents) {
      for (let offset = start; offset < start + length; offset += blockBytes) {
        const block = Buffer.alloc(blockBytes);
        const wanted = Math.min(blockBytes, start + length - offset);
        await file.read(block, 0, wanted, offset);
        yield { offset, block, length: wanted };
      }
    }
  } finally {
    await file.close();
  }
}

/** The first byte is zero, and each is as the one before it: a comparison of memory, where a loop is slow. */
export const isZero = (block: Buffer): boolean =>
  block[0] === 0 && block.subarray(1).equals(block.subarray(0, block.length - 1));

export const fileSize = async (file: string): Promise<number> => (await stat(file)).size;
