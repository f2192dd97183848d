import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { copySparse } from '../export/copy.ts';
import { alignedExtents, dataExtents, type Extent, fileSize } from '../export/extents.ts';

/**
 * Saved memory as what is different from another one. QEMU's mapped-ram gives each page its fixed place in the file, so
 * that two moments of one machine differ where its memory did, and nowhere else.
 */

const PAGE_BYTES = 4096;
const WINDOW_BYTES = 1024 * 1024;

/** The stretches that differ beside the file that holds them; what is not among them is the base's. */
const stretchesOf = (delta: string): string => `${delta}.json`;

/** Writes `delta` and the list of its stretches. Only reads `memory` and `base`. */
export async function writeDelta(memory: string, base: string, delta: string, signal: AbortSignal): Promise<void> {
  const bytes = await fileSize(memory);
  const both = [...(await dataExtents(memory, signal)), ...(await dataExtents(base, signal))];
  const windows = alignedExtents(
    both.sort((a, b) => a.start - b.start),
    WINDOW_BYTES,
    bytes,
  );
  const stretches = await differences(memory, base, windows, signal);
  await rm(delta, { force: true });
  await copySparse(memory, stretches, bytes, delta, signal);
  await writeFile(stretchesOf(delta), JSON.stringify(stretches), { mode: 0o600 });
}

async function differences(memory: string, base: string, windows: Extent[], signal: AbortSignal): Promise<Extent[]> {
  const [one, other] = [await open(memory), await open(base)];
  const [mine, theirs] = [Buffer.alloc(WINDOW_BYTES), Buffer.alloc(WINDOW_BYTES)];
  const found: Extent[] = [];
  try {
    for (const { start, length } of windows) {
      for (let at = start; at < start + length; at += WINDOW_BYTES) {
        signal.throwIfAborted();
        theirs.fill(0); // beyond the end of the base there is nothing
        const { bytesRead } = await one.read(mine, 0, WINDOW_BYTES, at);
        await other.read(theirs, 0, bytesRead, at);
        addPages(found, mine.subarray(0, bytesRead), theirs, at);
      }
    }
  } finally {
    await one.close();
    await other.close();
  }
  return found;
}

function addPages(found: Extent[], mine: Buffer, theirs: Buffer, at: number): void {
  if (mine.equals(theirs.subarray(0, mine.length))) return;
  for (let page = 0; page < mine.length; page += PAGE_BYTES) {
    const end = Math.min(page + PAGE_BYTES, mine.length);
    if (mine.compare(theirs, page, end, page, end) === 0) continue;
    const last = found.at(-1);
    if (last && last.start + last.length === at + page) last.length += end - page;
    else found.push({ start: at + page, length: end - page });
  }
}

/** Makes the whole memory of a base and a delta, at `to`, which must not be there. */
export async function applyDelta(base: string, delta: string, to: string, signal: AbortSignal): Promise<void> {
  await copySparse(base, await dataExtents(base, signal), await fileSize(delta), to, signal);
  const stretches = JSON.parse(await readFile(stretchesOf(delta), 'utf8')) as Extent[];
  const [source, target] = [await open(delta), await open(to, 'r+')];
  const piece = Buffer.alloc(WINDOW_BYTES);
  try {
    for (const { start, length } of stretches) {
      for (let at = start; at < start + length; at += WINDOW_BYTES) {
        const { bytesRead } = await source.read(piece, 0, Math.min(WINDOW_BYTES, start + length - at), at);
        await target.write(piece, 0, bytesRead, at);
      }
    }
  } finally {
    await source.close();
    await target.close();
  }
}
