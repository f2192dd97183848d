import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hashOf } from './stage-files.ts';
import type { Source } from './steps/source.ts';
import type { Target } from './target.ts';

/**
 * The source that the last build of a recipe began from, so that a plan knows its stages without fetching anything.
 * It lies in the cache: without it a plan only knows less.
 */
const noteOf = (cache: string, { image, builder: { source } }: Target): string =>
  path.join(cache, 'stage-sources', hashOf([source.isoUrls, source.isoChecksum, source.diskImage, image.iso]));

export async function rememberSource(cache: string, target: Target, { sha256 }: Source): Promise<void> {
  const note = noteOf(cache, target);
  await mkdir(path.dirname(note), { recursive: true });
  await writeFile(note, sha256);
}

/** SHA-256 of the source, where a build has fetched it before. */
export const knownSource = (cache: string, target: Target): Promise<string | undefined> =>
  readFile(noteOf(cache, target), 'utf8').catch(() => undefined);
