import { stat } from 'node:fs/promises';
import { GoldsmithError } from '../../model/failure.ts';
import { matchingFiles } from '../matching-files.ts';
import { type Artifact, fillText, type PostProcessContext, textsOf } from './artifact.ts';

/** Packer's `artifice`: other files stand for the artifact from here on. The files it stood for stay. */
export async function substitute(
  options: Record<string, unknown>,
  artifact: Artifact,
  context: PostProcessContext,
): Promise<Artifact> {
  const patterns = textsOf(options['files']).map(file => fillText(file, context, artifact));
  if (patterns.length === 0) throw new GoldsmithError('bad-recipe', 'artifice names no "files".');
  const files = await matchingFiles(patterns, context.root);
  for (const file of files) {
    await stat(file).catch(cause => {
      throw new GoldsmithError('build-failed', `artifice names ${file}, which no earlier step has made.`, { cause });
    });
  }
  return { builderId: 'packer.post-processor.artifice', id: files.join(','), files, disks: [], owned: files };
}
