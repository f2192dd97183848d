import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Duplex, PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { GoldsmithError } from '../../model/failure.ts';
import { bgzip } from './bgzf.ts';

/** How a stream is made smaller. Levels 1 to 9; undefined leaves it to the program. */
export type Algorithm = 'gzip' | 'bgzf' | 'lz4' | 'xz' | 'bzip2';

/** What is compressed by a program of the same name, which reads its standard input. */
const PROGRAMS: Partial<Record<Algorithm, string[]>> = {
  lz4: ['-z', '-c', '-q'],
  xz: ['-z', '-c', '-T0'],
  bzip2: ['-z', '-c'],
};

/** The program that an algorithm is; undefined where it is our own work. */
export const programOf = (algorithm: Algorithm): string | undefined => (algorithm in PROGRAMS ? algorithm : undefined);

function compressor(algorithm: Algorithm, level: number | undefined, signal: AbortSignal): Duplex {
  if (algorithm === 'gzip') return createGzip(level === undefined ? {} : { level });
  if (algorithm === 'bgzf') return bgzip(level);
  const args = [...(PROGRAMS[algorithm] ?? []), ...(level === undefined ? [] : [`-${level}`])];
  return throughProgram(algorithm, args, signal);
}

/** A program between two streams. Its failure is the stream's error. */
function throughProgram(program: string, args: string[], signal: AbortSignal): Duplex {
  // execa reads whole outputs into memory; a disk goes through here.
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], signal });
  const stream = Duplex.from({ writable: child.stdin, readable: child.stdout });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk).slice(-500);
  });
  child.once('error', cause =>
    stream.destroy(
      new GoldsmithError('host-lacks', `${program} is not installed.`, {
        hint: 'goldsmith doctor names the package.',
        cause,
      }),
    ),
  );
  child.once('exit', code => {
    if (code !== 0)
      stream.destroy(new GoldsmithError('program-failed', `${program} ended with ${code}: ${words.trim()}`));
  });
  return stream;
}

/** A recipe's level of compression: more than 9 is 9, as for Packer, and less than 1 leaves it to the program. */
export const compressionLevel = (given: unknown): number | undefined =>
  typeof given === 'number' && given > 0 ? Math.min(given, 9) : undefined;

/** Files of an archive by the names they get in it, in their order. */
export type Entries = [name: string, file: string][];

/** A tar file (POSIX pax where names or sizes need it) as a stream. */
export function tarOf(entries: Entries): Readable {
  const tar = pack();
  const fill = async (): Promise<void> => {
    for (const [name, file] of entries) {
      const { size, mode, mtime } = await stat(file);
      const entry = tar.entry({ name, size, mode: mode & 0o777, mtime });
      await pipeline(createReadStream(file), entry);
    }
    tar.finalize();
  };
  fill().catch(error => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  return Readable.from(tar);
}

/**
 * Writes a stream into a file, made smaller on its way. It is opened when somebody hears its errors. What a failure leaves
 * is removed.
 */
export async function writeCompressed(
  from: () => Readable,
  output: string,
  compression: { algorithm: Algorithm; level: number | undefined } | undefined,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(path.dirname(output), { recursive: true });
  const through = compression ? compressor(compression.algorithm, compression.level, signal) : new PassThrough();
  try {
    await pipeline(from(), through, createWriteStream(output), { signal });
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
}
