import { existsSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { run } from '../exec.ts';
import { alignedExtents, dataExtents, type Extent, fileSize } from '../export/extents.ts';
import { GoldsmithError } from '../model/failure.ts';
import { withHandle } from '../store/durable.ts';

/**
 * Saved memory as it is kept: compressed, and only what is different from an earlier moment of the same machine. QEMU's
 * mapped-ram gives each page its fixed place in the file, so that two moments of one machine differ where its memory did,
 * and nowhere else.
 *
 * What is compressed: the bytes of the list in four bytes, the list as JSON, and the stretches in it one after the other.
 */

const PAGE_BYTES = 4096;
const WINDOW_BYTES = 1024 * 1024;
const LENGTH_BYTES = 4;

/** What is kept of a memory: the rest is its base's, or zeros. */
interface Kept {
  /** Of the whole memory. */
  bytes: number;
  stretches: Extent[];
}

/**
 * Keeps a memory.
 * @param base another one that will be there when this one is wanted again; undefined: all of it is kept
 * @param to a new file; beside it is room for as much again
 */
export async function packMemory(
  memory: string,
  base: string | undefined,
  to: string,
  scratch: string,
  signal: AbortSignal,
): Promise<void> {
  const bytes = await fileSize(memory);
  const stretches = await (base === undefined ? dataExtents(memory, signal) : differing(memory, base, bytes, signal));
  try {
    await gather(memory, { bytes, stretches }, scratch, signal);
    // At the speed of a disk; higher levels cost much and gain little. A guest has much of its memory more than once.
    await zstd(['-1', '--long=27', '-T0', scratch, '-o', to], signal);
  } finally {
    await rm(scratch, { force: true });
  }
}

/**
 * Makes the memory that was kept: of nothing where all of it was, else of its base, in place.
 * @throws GoldsmithError `not-found` where there is none
 */
export async function unpackMemory(
  packed: string,
  memory: string,
  scratch: string,
  signal: AbortSignal,
): Promise<void> {
  if (!existsSync(packed)) {
    throw new GoldsmithError('not-found', 'The memory of the checkpoint is not there.', {
      hint: 'An older Goldsmith kept it in another way. Build again.',
    });
  }
  try {
    await zstd(['-d', packed, '-o', scratch], signal);
    await scatter(scratch, memory, signal);
  } finally {
    await rm(scratch, { force: true });
  }
}

/** A process of its own: Node has no zstd before 22.15, and memory is hundreds of megabytes. */
const zstd = async (args: string[], signal: AbortSignal): Promise<void> =>
  void (await run('zstd', ['-q', '-f', ...args], { signal }));

async function gather(memory: string, kept: Kept, to: string, signal: AbortSignal): Promise<void> {
  const list = Buffer.from(JSON.stringify(kept));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(list.length);
  await withHandle(memory, 'r', source =>
    withHandle(to, 'w', async target => {
      await target.writeFile(Buffer.concat([length, list]));
      let at = LENGTH_BYTES + list.length;
      for (const { start, length } of kept.stretches) {
        await copy(source, start, target, at, length, signal);
        at += length;
      }
    }),
  );
}

async function scatter(gathered: string, memory: string, signal: AbortSignal): Promise<void> {
  await withHandle(gathered, 'r', source =>
    withHandle(memory, existsSync(memory) ? 'r+' : 'wx', async target => {
      const { buffer } = await source.read(Buffer.alloc(LENGTH_BYTES), 0, LENGTH_BYTES, 0);
      const list = Buffer.alloc(buffer.readUInt32BE());
      await source.read(list, 0, list.length, LENGTH_BYTES);
      const { bytes, stretches } = JSON.parse(list.toString()) as Kept;
      await target.truncate(bytes);
      let at = LENGTH_BYTES + list.length;
      for (const { start, length } of stretches) {
        await copy(source, at, target, start, length, signal);
        at += length;
      }
    }),
  );
}

async function copy(
  source: FileHandle,
  from: number,
  target: FileHandle,
  to: number,
  bytes: number,
  signal: AbortSignal,
): Promise<void> {
  const piece = Buffer.allocUnsafe(Math.min(bytes, WINDOW_BYTES));
  for (let done = 0; done < bytes; done += piece.length) {
    signal.throwIfAborted();
    const { bytesRead } = await source.read(piece, 0, Math.min(piece.length, bytes - done), from + done);
    await target.write(piece, 0, bytesRead, to + done);
  }
}

/** The pages of a memory that are others in its base. */
async function differing(memory: string, base: string, bytes: number, signal: AbortSignal): Promise<Extent[]> {
  const both = [...(await dataExtents(memory, signal)), ...(await dataExtents(base, signal))];
  const sorted = both.sort((a, b) => a.start - b.start);
  return differences(memory, base, alignedExtents(sorted, WINDOW_BYTES, bytes), signal);
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
