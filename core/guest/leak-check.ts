import { open } from 'node:fs/promises';
import { z } from 'zod';
import { run } from '../exec.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;
/** Shorter values stand in any disk by chance. */
const SHORTEST_VALUE = 12;

/** A trace of a secret: where it is, and only enough of it to know which one. */
export interface SecretHit {
  /** The first characters. */
  hint: string;
  /** Bytes from the start of the disk. */
  offset: number;
}

const extents = z.array(z.object({ start: z.number(), length: z.number(), data: z.boolean(), zero: z.boolean() }));

/** Searches a raw disk for values, holes left out: so also what was deleted and never trimmed is found. */
export async function findSecrets(
  disk: string,
  values: string[],
  options: { signal?: AbortSignal } = {},
): Promise<SecretHit[]> {
  const needles = [...new Set(values)].filter(value => value.length >= SHORTEST_VALUE).map(value => Buffer.from(value));
  if (needles.length === 0) return [];
  const overlap = Math.max(...needles.map(needle => needle.length)) - 1;
  const map = await run('qemu-img', ['map', '--output=json', '-f', 'raw', disk], options);
  const hits: SecretHit[] = [];
  const file = await open(disk);
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES + overlap);
    for (const { start, length } of extents.parse(JSON.parse(map.stdout)).filter(extent => extent.data)) {
      for (let at = start; at < start + length; at += CHUNK_BYTES) {
        options.signal?.throwIfAborted();
        const wanted = Math.min(CHUNK_BYTES + overlap, start + length - at);
        const { bytesRead } = await file.read(buffer, 0, wanted, at);
        hits.push(...search(buffer.subarray(0, bytesRead), needles, at));
      }
    }
  } finally {
    await file.close();
  }
  return hits.filter(
    (hit, nth) => hits.findIndex(other => other.offset === hit.offset && other.hint === hit.hint) === nth,
  );
}

function search(chunk: Buffer, needles: Buffer[], base: number): SecretHit[] {
  return needles.flatMap(needle => {
    const at = chunk.indexOf(needle);
    return at < 0 ? [] : [{ hint: `${needle.toString('utf8', 0, 4)}...`, offset: base + at }];
  });
}
