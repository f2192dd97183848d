import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sha256File } from '../media/checksum.ts';
import { hashOf } from './stage-files.ts';
import type { Source } from './steps/source.ts';
import type { Target } from './target.ts';

/**
 * The source that the last build of a recipe began from, so that a plan knows its stages without fetching anything.
 * It lies in the cache: without it a plan only knows less.
 */
const noteOf = (cache: string, { image, builder: { source } }: Target): string =>
  path.join(cache, 'stage-sources', hashOf([source.isoUrls, source.isoChecksum, source.diskImage, image.iso]));

interface Note {
  sha256: string;
  /** Of the file that it was then. */
  path: string;
  bytes: number;
  mtimeMs: number;
}

export async function rememberSource(cache: string, target: Target, { sha256, path: file }: Source): Promise<void> {
  const { size, mtimeMs } = await stat(file);
  const note = noteOf(cache, target);
  await mkdir(path.dirname(note), { recursive: true });
  await writeFile(note, JSON.stringify({ sha256, path: file, bytes: size, mtimeMs } satisfies Note));
}

/** SHA-256 of the source, where a build has fetched it before; a file that was changed since is read again. */
export async function knownSource(cache: string, target: Target): Promise<string | undefined> {
  const note = await readNote(noteOf(cache, target));
  const now = note && (await stat(note.path).catch(() => undefined));
  const isChanged = now && (now.size !== note.bytes || now.mtimeMs !== note.mtimeMs);
  return isChanged ? sha256File(note.path) : note?.sha256;
}

async function readNote(file: string): Promise<Note | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Note;
  } catch {
    return undefined; // none yet, or an older Goldsmith's
  }
}
