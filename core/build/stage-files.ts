import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { sha256File } from '../media/checksum.ts';

/** What a file that is not there counts as: making it is a change like any other. */
const MISSING = 'missing';
/** Larger files are hashed as a stream. */
const SMALL_BYTES = 1024 * 1024;

export const hashOf = (value: unknown): string =>
  createHash('sha256')
    .update(typeof value === 'string' || Buffer.isBuffer(value) ? value : (JSON.stringify(value) ?? 'undefined'))
    .digest('hex');

/**
 * The content of a file, or of everything below a folder: names, contents, links, and whether a file may be executed.
 * Times and owners do not count.
 */
export async function hashTree(target: string): Promise<string> {
  const info = await lstat(target).catch(() => undefined);
  if (!info) return MISSING;
  if (info.isSymbolicLink()) return hashOf(['link', await readlink(target), await linked(target)]);
  if (info.isDirectory()) return hashFolder(target);
  if (!info.isFile()) return MISSING;
  const content = info.size > SMALL_BYTES ? await sha256File(target) : hashOf(await readFile(target));
  return hashOf(['file', content, (info.mode & 0o111) !== 0]);
}

/** A link to a file counts with what it points to; one to a folder only by its name, which could be above it. */
async function linked(target: string): Promise<string> {
  return sha256File(target).catch(() => MISSING);
}

async function hashFolder(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter(name => name !== '.git').sort();
  const parts: [string, string][] = [];
  for (const name of names) parts.push([name, await hashTree(path.join(folder, name))]);
  return hashOf(parts);
}
