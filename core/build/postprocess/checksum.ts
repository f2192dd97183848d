import { appendFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { ALGORITHMS, hashFile, isAlgorithm } from '../../media/checksum.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { type Artifact, outputPath, type PostProcessContext, textsOf } from './artifact.ts';

const DEFAULT_OUTPUT = 'packer_{{.BuildName}}_{{.BuilderType}}_{{.ChecksumType}}.checksum';

/**
 * Packer's `checksum`: for each type a file of `HEX<tab>NAME` lines, one for each file of the artifact, which stays.
 * A file of an earlier run is replaced; Packer appends to it.
 */
export async function makeChecksums(
  options: Record<string, unknown>,
  artifact: Artifact,
  context: PostProcessContext,
): Promise<Artifact> {
  const given = textsOf(options['checksum_types']);
  const types = given.length > 0 ? given : ['md5'];
  const written = new Set<string>();
  for (const type of types) {
    if (!isAlgorithm(type)) throw unknownType(type);
    for (const file of artifact.files) {
      const template = String(options['output'] ?? DEFAULT_OUTPUT);
      const output = outputPath(template, context, artifact, { ChecksumType: type });
      if (!written.has(output)) await startFile(output);
      written.add(output);
      const { digests } = await hashFile(file, [type], { signal: context.scope.signal });
      await appendFile(output, `${digests[type] ?? ''}\t${path.basename(file)}\n`);
    }
  }
  const own = [...written].filter(file => !artifact.files.includes(file));
  return { ...artifact, files: [...artifact.files, ...own], owned: [...artifact.owned, ...own] };
}

async function startFile(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await rm(file, { force: true });
}

const unknownType = (type: string): GoldsmithError =>
  new GoldsmithError('bad-recipe', `"${type}" is no checksum type.`, {
    hint: `Known: ${Object.keys(ALGORITHMS).join(', ')}.`,
  });
