import { randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../model/failure.ts';
import { formatBytes } from '../model/quantity.ts';

/** Puts what was written to a file, or the names in a folder, on the disk: after a power cut it is still there. */
export async function sync(target: string): Promise<void> {
  await withHandle(target, 'r', handle => handle.sync());
}

/** Makes a folder and its parents, each name durable in the folder above it. */
export async function makeDir(dir: string): Promise<void> {
  const first = await mkdir(dir, { recursive: true });
  if (first === undefined) return;
  for (let made = dir; made.length >= first.length; made = path.dirname(made)) await sync(path.dirname(made));
}

/** Writes a file that is there whole or not at all, replacing what had the name. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = await writeTemporary(file, text);
  await orRemove(temporary, () => rename(temporary, file));
  await sync(path.dirname(file));
}

/** As `replaceFile`, but never over an existing file, in any race. @returns false when the name was taken. */
export async function createFile(file: string, text: string): Promise<boolean> {
  const temporary = await writeTemporary(file, text);
  try {
    await link(temporary, file);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await sync(path.dirname(file));
  return true;
}

/** Names that start with a dot are never releases, versions or channels. */
async function writeTemporary(file: string, text: string): Promise<string> {
  await makeDir(path.dirname(file));
  const temporary = path.join(path.dirname(file), `.${randomUUID()}`);
  await orRemove(temporary, () =>
    withHandle(temporary, 'wx', async handle => {
      await handle.writeFile(text);
      await handle.sync();
    }),
  );
  return temporary;
}

async function orRemove(file: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** Opens, acts, closes, whatever happens. */
export async function withHandle<T>(file: string, flags: string, act: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(file, flags);
  try {
    return await act(handle);
  } finally {
    await handle.close();
  }
}

/** `ENOENT` and its like, of a system call's error. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Bytes this user may still write where `dir` is. */
export async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/**
 * Refuses to begin what cannot end.
 * @throws GoldsmithError `disk-full` with how much is missing
 */
export async function needSpace(dir: string, bytes: number, what: string): Promise<void> {
  const free = await freeBytes(dir);
  if (free < bytes) throw diskFull(what, dir, { needed: bytes, free });
}

const FREE_SPACE = 'Free some space there, e.g. with goldsmith clean --all, or set GOLDSMITH_HOME to a larger disk.';

/**
 * Runs `act`; a full disk ends in `disk-full` instead of a bare system error.
 * @param hint what to do, where the disk is not the one of Goldsmith's own folder
 */
export async function sayingDiskFull<T>(
  what: string,
  dir: string,
  act: () => Promise<T>,
  hint = FREE_SPACE,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    throw diskFull(what, dir, { free: await freeBytes(dir).catch(() => 0) }, error, hint);
  }
}

/** Said by the system, or by a program of ours that knows neither the place nor what helps there. */
function isDiskFull(error: unknown): boolean {
  if (error instanceof GoldsmithError) return error.code === 'disk-full' && error.details['dir'] === undefined;
  return ['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '');
}

/** The one sentence about a full disk. */
export function diskFull(
  what: string,
  dir: string,
  space: { needed?: number; free: number },
  cause?: unknown,
  hint = FREE_SPACE,
): GoldsmithError {
  const { needed, free } = space;
  const missing =
    needed === undefined ? '' : ` It needs ${formatBytes(needed)}; ${formatBytes(needed - free)} are missing.`;
  return new GoldsmithError('disk-full', `The disk of ${dir} is full: no room for ${what}.${missing}`, {
    hint,
    details: { dir, freeBytes: free, ...(needed === undefined ? {} : { neededBytes: needed }) },
    cause,
  });
}
