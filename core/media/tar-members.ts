import { createReadStream } from 'node:fs';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ExtractEvents, extract } from 'tar-stream';

type Member = ExtractEvents['entry'][1];

/**
 * The members of a tar archive in their order, unpacked on the way. Each must be read to its end before the next comes.
 * A file that cannot be opened, or is no whole archive, is an error of the loop.
 */
export async function* tarMembers(
  file: string,
  { through = [], signal }: { through?: Transform[]; signal?: AbortSignal } = {},
): AsyncGenerator<Member> {
  const tar = extract();
  const source = createReadStream(file, { highWaterMark: 1 << 20 });
  const reading = pipeline([source, ...through, tar], signal ? { signal } : {});
  reading.catch(() => undefined); // awaited below
  yield* tar;
  await reading;
}
