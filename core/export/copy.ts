import { open } from 'node:fs/promises';
import type { Extent } from './extents.ts';

const PIECE_BYTES = 4 * 1024 * 1024;

/** Copies only what holds data; the rest stays a hole. The file has `diskBytes` at the end. */
export async function copySparse(
  from: string,
  extents: Extent[],
  diskBytes: number,
  to: string,
  signal: AbortSignal,
  onProgress?: (doneBytes: number, totalBytes: number) => void,
): Promise<void> {
  const total = extents.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  const source = await open(from);
  const target = await open(to, 'wx');
  const piece = Buffer.alloc(PIECE_BYTES);
  try {
    for (const { start, length } of extents) {
      for (let at = start; at < start + length; at += PIECE_BYTES) {
        signal.throwIfAborted();
        const { bytesRead } = await source.read(piece, 0, Math.min(PIECE_BYTES, start + length - at), at);
        await target.write(piece, 0, bytesRead, at);
        done += bytesRead;
        onProgress?.(done, total);
      }
    }
    await target.truncate(diskBytes);
  } finally {
    await source.close();
    await target.close();
  }
}
