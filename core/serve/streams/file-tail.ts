import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const PIECE_BYTES = 64 * 1024;
const POLL_MS = 80;

export interface TailOptions {
  /** Where to begin, in bytes. */
  from: number;
  signal: AbortSignal;
  /** Takes a piece; the next is read when this has settled. */
  use(piece: Uint8Array): Promise<void>;
  /** Asked when the end of the file is reached: false ends the tail. */
  goesOn(): Promise<boolean>;
  /** Asked before each read: where to go on instead, when the reader has fallen too far behind. */
  skip?(position: number, size: number): Promise<number>;
}

/** Reads a file and what is appended to it, never faster than it is taken. */
export async function tail(path: string, options: TailOptions): Promise<void> {
  const file = await open(path, 'r');
  try {
    await follow(file, options);
  } finally {
    await file.close();
  }
}

async function follow(file: FileHandle, { from, signal, use, goesOn, skip }: TailOptions): Promise<void> {
  const buffer = Buffer.alloc(PIECE_BYTES);
  let position = from;
  while (!signal.aborted) {
    if (skip) position = await skip(position, (await file.stat()).size);
    const { bytesRead } = await file.read({ buffer, position });
    position += bytesRead;
    if (bytesRead > 0) await use(Uint8Array.from(buffer.subarray(0, bytesRead)));
    else if (await goesOn()) await sleep(POLL_MS, undefined, { signal }).catch(() => {});
    else return;
  }
}
