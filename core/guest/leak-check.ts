import { open } from 'node:fs/promises';
import { z } from 'zod';
import { run } from '../exec.ts';
import { Needles, needlesOf } from './needles.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;
/** Shorter values stand in any disk by chance. */
const SHORTEST_VALUE = 12;
/** No more of one value is told: a key that is everywhere needs no list. */
const MOST_HITS = 10;

/** A trace of a secret: where it is, and only enough of it to know which one. */
export interface SecretHit {
  /** The first characters. */
  hint: string;
  /** Bytes from the start of the disk. */
  offset: number;
}

const extents = z.array(z.object({ start: z.number(), length: z.number(), data: z.boolean() }));

/**
 * Searches a raw disk for values, plain and inside base64. Holes are left out, so time goes with what is really on the
 * disk; what was deleted and never trimmed is found too. Values under 12 bytes are not searched.
 * @throws GoldsmithError `program-failed` when qemu-img cannot read the disk
 */
export async function findSecrets(
  disk: string,
  values: string[],
  options: { signal?: AbortSignal } = {},
): Promise<SecretHit[]> {
  const wanted = [...new Set(values)].filter(
    value => Buffer.byteLength(value) >= SHORTEST_VALUE && !isEveryones(value),
  );
  if (wanted.length === 0) return [];
  const needles = new Needles(wanted.flatMap((value, index) => needlesOf(value, index)));
  const map = await run('qemu-img', ['map', '--output=json', '-f', 'raw', disk], options);
  const hits = wanted.map(() => new Set<number>());
  const file = await open(disk);
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES + needles.longest);
    for (const { start, length } of joined(extents.parse(JSON.parse(map.stdout)))) {
      for (let at = start; at < start + length; at += CHUNK_BYTES) {
        options.signal?.throwIfAborted();
        const size = Math.min(buffer.length, start + length - at);
        const { bytesRead } = await file.read(buffer, 0, size, at);
        needles.search(buffer.subarray(0, bytesRead), (value, offset) => hits[value]?.add(at + offset));
      }
    }
  } finally {
    await file.close();
  }
  return hits.flatMap((offsets, index) => told(wanted[index] ?? '', offsets));
}

const told = (value: string, offsets: Set<number>): SecretHit[] =>
  [...offsets].slice(0, MOST_HITS).map(offset => ({ hint: `${value.slice(0, 4)}...`, offset }));

/** Runs of data: a value may lie across two extents that follow each other. */
function joined(list: z.infer<typeof extents>): { start: number; length: number }[] {
  const runs: { start: number; length: number }[] = [];
  for (const { start, length, data } of list) {
    if (!data) continue;
    const last = runs.at(-1);
    if (last && last.start + last.length === start) last.length += length;
    else runs.push({ start, length });
  }
  return runs;
}

/** What every unencrypted ed25519 key file of OpenSSH begins with, up to the public key (PROTOCOL.key). */
const COMMON_HEAD = Buffer.concat([
  Buffer.from('openssh-key-v1\0'),
  Buffer.from('000000046e6f6e65000000046e6f6e65000000000000000100000033', 'hex'),
  Buffer.from('0000000b7373682d6564323535313900000020', 'hex'),
])
  .toString('base64')
  .replace(/.=*$/, '');

/** The first line of a key file is the same in everybody's: it gives nothing away. */
const isEveryones = (value: string): boolean => COMMON_HEAD.startsWith(value) || value.startsWith('-----');
