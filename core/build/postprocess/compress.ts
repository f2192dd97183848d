import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../exec.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { type Algorithm, compressionLevel, programOf, tarOf, writeCompressed } from './archive.ts';
import { type Artifact, outputPath, type PostProcessContext } from './artifact.ts';

const DEFAULT_OUTPUT = 'packer_{{.BuildName}}_{{.BuilderType}}';
const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  gz: 'gzip',
  lz4: 'lz4',
  bgzf: 'bgzf',
  xz: 'xz',
  bzip2: 'bzip2',
  bz2: 'bzip2',
};

/** What a file name asks for. */
export interface Compression {
  archive: 'tar' | 'zip' | undefined;
  algorithm: Algorithm | undefined;
}

/** By the last two endings of a name, as Packer finds it out; a name that says nothing is a tar with gzip. */
export function compressionOf(name: string): Compression {
  const endings = [...path.basename(name).matchAll(/\.([a-z0-9]+)/g)].map(([, ending = '']) => ending);
  const [inner, last = ''] = endings.length > 1 ? endings.slice(-2) : ['', endings[0] ?? ''];
  if (last === 'tar' || last === 'zip') return { archive: last, algorithm: undefined };
  const algorithm = Object.hasOwn(ALGORITHMS, last) ? ALGORITHMS[last] : undefined;
  if (algorithm) return { archive: inner === 'tar' ? 'tar' : undefined, algorithm };
  return { archive: 'tar', algorithm: 'gzip' };
}

const chosen = ({ format }: Record<string, unknown>, output: string): Compression =>
  compressionOf(format === undefined ? output : `${output}.${String(format)}`);

/** The program that `compress` calls for these options; undefined where it calls none. */
export function compressProgram(options: Record<string, unknown>): string | undefined {
  const { archive, algorithm } = chosen(options, String(options['output'] ?? DEFAULT_OUTPUT));
  return archive === 'zip' ? 'zip' : algorithm && programOf(algorithm);
}

/** Packer's `compress`: one file of all of the artifact's. */
export async function compress(
  options: Record<string, unknown>,
  artifact: Artifact,
  context: PostProcessContext,
): Promise<Artifact> {
  const output = outputPath(String(options['output'] ?? DEFAULT_OUTPUT), context, artifact);
  const compression = chosen(options, output);
  const level = compressionLevel(options['compression_level']);
  const { signal } = context.scope;
  if (compression.archive === 'zip') await makeZip(output, artifact.files, level, signal);
  else await makeTarOrStream(output, artifact.files, compression, level, signal);
  return { builderId: 'packer.post-processor.compress', id: '', files: [output], disks: [], owned: [output] };
}

async function makeTarOrStream(
  output: string,
  files: string[],
  { archive, algorithm }: Compression,
  level: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const [file, ...others] = files;
  const compression = algorithm && { algorithm, level };
  if (archive === 'tar') {
    return writeCompressed(() => tarOf(files.map(one => [path.basename(one), one])), output, compression, signal);
  }
  if (file !== undefined && others.length === 0) {
    return writeCompressed(() => createReadStream(file), output, compression, signal);
  }
  throw new GoldsmithError('bad-recipe', `${files.length} files cannot be compressed into one without an archive.`, {
    hint: `Write ${path.basename(output)} with .tar before its last ending, or .zip.`,
  });
}

async function makeZip(output: string, files: string[], level: number | undefined, signal: AbortSignal): Promise<void> {
  await mkdir(path.dirname(output), { recursive: true });
  await rm(output, { force: true });
  await run('zip', ['-q', '-j', ...(level === undefined ? [] : [`-${level}`]), output, ...files], { signal });
}
