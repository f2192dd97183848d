import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { GoldsmithError } from '../../model/failure.ts';

/** What an image from outside says of itself, found without giving it to QEMU. */
export interface Claims {
  /** What a guest would see, in bytes. */
  virtualBytes: number;
  /** How much of it the file's own tables say it holds. */
  dataBytes: number;
}

/** A larger disk is a mistake or an attack: nothing here can hold it. */
export const MAX_VIRTUAL_BYTES = 64 * 1024 ** 4;
/** Tables beyond this are no honest image's: 64 TiB in clusters of 64 KiB need 8 GiB of them, 2 TiB a quarter of one. */
const MAX_TABLE_BYTES = 256 * 1024 ** 2;

/** @throws GoldsmithError `source-unsafe` always: `why` goes on after the file's name */
export function refuse(file: string, why: string): never {
  throw new GoldsmithError('source-unsafe', `${file} ${why}.`, {
    hint: 'It was not given to QEMU. Get it from a source you trust, or convert it where it came from.',
  });
}

/** A file from outside: nothing is read beyond its end, and every refusal names it. */
export class ForeignFile {
  readonly #handle: FileHandle;

  private constructor(
    readonly path: string,
    readonly bytes: number,
    handle: FileHandle,
  ) {
    this.#handle = handle;
  }

  /** Never waits for a pipe's other end. @throws GoldsmithError `not-found`, `source-unsafe` for what is no plain file */
  static async open(path: string): Promise<ForeignFile> {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(cause => {
      throw new GoldsmithError('not-found', `${path} cannot be read: ${cause.message}`, { cause });
    });
    const entry = await handle.stat();
    if (entry.isFile() && entry.size > 0) return new ForeignFile(path, entry.size, handle);
    await handle.close();
    return refuse(path, entry.isFile() ? 'is empty' : 'is no plain file');
  }

  refuse(why: string): never {
    refuse(this.path, why);
  }

  /** Bytes that must be there. `what` names them in the refusal. */
  async read(at: number, length: number, what: string): Promise<Buffer> {
    if (length > MAX_TABLE_BYTES) this.refuse(`claims ${what} of ${length} bytes`);
    if (!Number.isSafeInteger(at) || at < 0 || at + length > this.bytes) this.refuse(`has ${what} beyond its end`);
    const buffer = Buffer.alloc(length);
    await this.#handle.read(buffer, 0, length, at);
    return buffer;
  }

  /** What is there of them; zeros for the rest. */
  async peek(at: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    if (at >= 0 && at < this.bytes) await this.#handle.read(buffer, 0, length, at);
    return buffer;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Whole numbers of 64 bits that stand for sizes and places. What no double holds exactly is refused. */
export function sizeOf(file: ForeignFile, value: bigint, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) file.refuse(`has ${what} that no disk has`);
  return Number(value);
}

export function checkVirtualSize(file: ForeignFile, bytes: number): number {
  if (bytes <= 0) file.refuse('claims to be an empty disk');
  if (bytes > MAX_VIRTUAL_BYTES) file.refuse('claims to be larger than 64 TiB');
  return bytes;
}

export const isPowerOfTwo = (value: number): boolean => value > 0 && Number.isInteger(Math.log2(value));

/** Places of blocks of one size in a file: each within it, none used twice, none in what is reserved. */
export class Places {
  readonly #taken = new Set<number>();
  readonly #reserved: { from: number; to: number; what: string }[] = [];

  constructor(
    readonly file: ForeignFile,
    readonly what: string,
  ) {}

  /** @param at where the block starts, and `length` how much of it must be there */
  add(at: number, length: number): void {
    if (at + length > this.file.bytes) this.file.refuse(`has ${this.what} beyond its end`);
    if (this.#taken.has(at)) this.file.refuse(`uses one place for two ${this.what}`);
    this.#taken.add(at);
  }

  /** Where headers and tables lie; kept in the file's order, so that only two neighbours have to be asked. */
  reserve(from: number, length: number, what: string): void {
    const to = from + length;
    const nth = this.#firstBehind(from);
    const other = [this.#reserved[nth - 1], this.#reserved[nth]].find(one => one && one.from < to && from < one.to);
    if (other) this.file.refuse(`has ${what} in the place of ${other.what}`);
    this.#reserved.splice(nth, 0, { from, to, what });
  }

  /** By halves: a disk of 2 TiB has 65,536 tables. */
  #firstBehind(from: number): number {
    let [low, high] = [0, this.#reserved.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#reserved[middle]?.from ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** When all are there: none may begin within another of this length, or lie in what is reserved. */
  check(length: number): void {
    const starts = Float64Array.from(this.#taken).sort();
    if (starts.some((at, nth) => nth > 0 && at < (starts[nth - 1] ?? 0) + length))
      this.file.refuse(`uses one place for two ${this.what}`);
    let nth = 0;
    for (const { from, to, what } of this.#reserved) {
      while (nth < starts.length && (starts[nth] ?? 0) + length <= from) nth++;
      if ((starts[nth] ?? Number.POSITIVE_INFINITY) < to) this.file.refuse(`has ${this.what} in the place of ${what}`);
    }
  }

  get count(): number {
    return this.#taken.size;
  }
}
