import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../model/failure.ts';
import { errorCode, sayingDiskFull, sync } from '../store/durable.ts';
import { tryLock, waitForLock } from '../store/lock.ts';

const MAX_STEM_BYTES = 200;

/** Where a new folder grows, beside its final place, and where what is only needed meanwhile goes. */
export interface Growing {
  incoming: string;
  scratch: string;
  /** Gives the folder its name. @throws GoldsmithError `exists` when somebody was faster */
  publish(): Promise<void>;
}

/**
 * Runs `act`, which fills a new folder and publishes it: it appears whole or not at all, and one process at a time
 * makes it. What a killed one left beside it is cleared away.
 * @throws GoldsmithError `exists`, `busy`, `disk-full`, `usage` where no folder can be made
 */
export async function growFolder<T>(
  out: string,
  what: string,
  signal: AbortSignal,
  act: (growing: Growing) => Promise<T>,
): Promise<T> {
  const mine = await tryLock(`export to ${out}`);
  if (!mine) {
    throw new GoldsmithError('busy', `Another export is making ${out} right now.`, {
      hint: 'Wait for it, or name another folder with -o.',
    });
  }
  try {
    if (await stat(out).catch(error => (errorCode(error) === 'ENOENT' ? undefined : cannotMake(out, error)))) {
      throw isThere(out);
    }
    return await growAlone(out, what, signal, act);
  } finally {
    await mine.release();
  }
}

async function growAlone<T>(
  out: string,
  what: string,
  signal: AbortSignal,
  act: (growing: Growing) => Promise<T>,
): Promise<T> {
  const parent = path.dirname(out);
  const incoming = path.join(parent, `${stemOf(out)}${randomUUID().slice(0, 8)}`);
  const scratch = `${incoming}.work`;
  const lock = await waitForLock(lockOf(incoming), { signal });
  try {
    const fill = async (): Promise<T> => {
      await makeIncoming(out, incoming);
      return act({ incoming, scratch, publish: () => publish(incoming, out) });
    };
    return await sayingDiskFull(
      what,
      parent,
      fill,
      'Free some space there, or name a folder on a larger disk with -o.',
    );
  } finally {
    await rm(incoming, { recursive: true, force: true });
    await rm(scratch, { recursive: true, force: true });
    await lock.release();
  }
}

async function makeIncoming(out: string, incoming: string): Promise<void> {
  const parent = path.dirname(out);
  try {
    await mkdir(parent, { recursive: true });
    await removeAbandoned(parent, stemOf(out));
    await mkdir(incoming);
  } catch (error) {
    throw cannotMake(out, error);
  }
}

/** How names begin of what grows into this folder. A long name leaves no room for more. */
function stemOf(out: string): string {
  const name = path.basename(out);
  const isLong = Buffer.byteLength(name) > MAX_STEM_BYTES;
  return `.${isLong ? createHash('sha256').update(name).digest('hex') : name}.`;
}

/** @throws GoldsmithError `usage` with the reason, or the error itself where it is no folder's fault */
function cannotMake(out: string, error: unknown): never {
  const reason = REASONS[errorCode(error) ?? ''];
  if (reason === undefined) throw error;
  throw new GoldsmithError('usage', `The folder ${out} cannot be made: ${reason}.`, {
    hint: 'Name another folder with -o.',
    cause: error,
  });
}

const REASONS: Record<string, string> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'what stands before its name is no folder',
  EEXIST: 'what stands before its name is no folder',
  ENOENT: 'no folder can be made there',
  ENAMETOOLONG: 'its name is too long',
};

const isThere = (out: string): GoldsmithError =>
  new GoldsmithError('exists', `${out} is there already.`, { hint: 'Name another folder with -o.' });

const lockOf = (incoming: string): string => `export ${incoming}`;

/** What an export left that was killed: the kernel has freed its lock. */
async function removeAbandoned(parent: string, stem: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(stem) || !/^[0-9a-f]{8}(\.work)?$/.test(entry.slice(stem.length))) continue;
    const lock = await tryLock(lockOf(path.join(parent, entry.replace(/\.work$/, ''))));
    if (lock) await rm(path.join(parent, entry), { recursive: true, force: true });
    await lock?.release();
  }
}

/** On the disk first, then under its name: after a power cut it is there whole or not at all. */
async function publish(incoming: string, out: string): Promise<void> {
  for (const name of await readdir(incoming)) await sync(path.join(incoming, name));
  await sync(incoming);
  await rename(incoming, out).catch(error => {
    throw ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errorCode(error) ?? '') ? isThere(out) : error;
  });
  await sync(path.dirname(out));
}
