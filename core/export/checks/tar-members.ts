import { createReadStream } from 'node:fs';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ExtractEvents, extract } from 'tar-stream';

type Member = ExtractEvents['entry'][1];

/**
 * The members of a tar archive in their order, unpacked on the way. Each must be read to its end before the next comes.
 * A file that cannot be opened, or is no whole archive, is an error of the loop.
 */
export async function* tarMembers(file: string, ...through: Transform[]): AsyncGenerator<Member> {
  const tar = extract();
  const reading = pipeline([createReadStream(file), ...through, tar]);
  reading.catch(() => undefined); // awaited below
  yield* tar;
  await reading;
}
