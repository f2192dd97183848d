import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { GoldsmithError } from '../model/failure.ts';

/** Digests by name, with the number of hex digits each has. */
export const ALGORITHMS = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 } as const;
export type Algorithm = keyof typeof ALGORITHMS;
/** Collisions can be made: whoever made the file may have made a second one. */
export const WEAK_ALGORITHMS: ReadonlySet<Algorithm> = new Set(['md5', 'sha1']);

export interface Digest {
  algorithm: Algorithm;
  /** Lower-case. */
  hex: string;
}

/** A checksum as a recipe writes it. */
export type Checksum =
  | { kind: 'digest'; digest: Digest }
  /** A URL or path of a SHA256SUMS-like file. */
  | { kind: 'file'; where: string }
  | { kind: 'none' };

export const isAlgorithm = (text: string): text is Algorithm => Object.hasOwn(ALGORITHMS, text);

/** The algorithm whose digests have this many hex digits. */
export function algorithmOfLength(digits: number): Algorithm | undefined {
  return Object.keys(ALGORITHMS)
    .filter(isAlgorithm)
    .find(name => ALGORITHMS[name] === digits);
}

/**
 * Reads Packer's `iso_checksum`: `sha256:HEX`, a bare digest told by its length, `file:WHERE`, `none`.
 * @throws GoldsmithError `bad-recipe` for anything else; an empty one too, since no check has to be said
 */
export function parseChecksum(text: string): Checksum {
  const value = text.trim();
  if (value === 'none') return { kind: 'none' };
  if (value.startsWith('file:')) return { kind: 'file', where: value.slice('file:'.length) };
  const [, type, hex = ''] = /^(?:([A-Za-z0-9]+):)?([0-9A-Fa-f]*)$/.exec(value) ?? [];
  const algorithm = type === undefined ? algorithmOfLength(hex.length) : type.toLowerCase();
  if (algorithm && isAlgorithm(algorithm) && ALGORITHMS[algorithm] === hex.length) {
    return { kind: 'digest', digest: { algorithm, hex: hex.toLowerCase() } };
  }
  throw new GoldsmithError('bad-recipe', `${JSON.stringify(text)} is no checksum: ${reason(type, hex)}.`, {
    hint: 'Write sha256:HEX, the digest alone, file:URL of a SHA256SUMS file, or none.',
  });
}

function reason(type: string | undefined, hex: string): string {
  if (hex === '') return 'it holds no hexadecimal digest';
  if (type === undefined) return `no algorithm has ${hex.length} hex digits`;
  const name = type.toLowerCase();
  if (!isAlgorithm(name)) return `${type} is not one of ${Object.keys(ALGORITHMS).join(', ')}, file`;
  return `${name} has ${ALGORITHMS[name]} hex digits, this one ${hex.length}`;
}

export interface HashOptions {
  signal?: AbortSignal;
  onProgress?: (doneBytes: number) => void;
}

/** Several digests of one stream of bytes at once. */
export class Hasher {
  readonly #hashes: [Algorithm, ReturnType<typeof createHash>][];

  constructor(algorithms: Iterable<Algorithm>) {
    this.#hashes = [...new Set(algorithms)].map(name => [name, createHash(name)]);
  }

  update(chunk: Uint8Array): void {
    for (const [, hash] of this.#hashes) hash.update(chunk);
  }

  /** May be called once. */
  digests(): Digests {
    return Object.fromEntries(this.#hashes.map(([name, hash]) => [name, hash.digest('hex')]));
  }
}
export type Digests = Partial<Record<Algorithm, string>>;

/** Feeds a file to a hasher. @returns the bytes read. */
export async function hashInto(hasher: Hasher, file: string, options: HashOptions = {}): Promise<number> {
  let bytes = 0;
  const stream = createReadStream(file, { highWaterMark: 1024 * 1024, signal: options.signal });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hasher.update(chunk);
    bytes += chunk.length;
    options.onProgress?.(bytes);
  }
  return bytes;
}

/** Reads a file once, from its first byte to its last. */
export async function hashFile(
  file: string,
  algorithms: Iterable<Algorithm>,
  options: HashOptions = {},
): Promise<{ digests: Digests; bytes: number }> {
  const hasher = new Hasher(algorithms);
  const bytes = await hashInto(hasher, file, options);
  return { digests: hasher.digests(), bytes };
}

/** The SHA-256 of a file, in hex. */
export async function sha256File(file: string, options: HashOptions = {}): Promise<string> {
  const { digests } = await hashFile(file, ['sha256'], options);
  return digests.sha256 ?? '';
}
