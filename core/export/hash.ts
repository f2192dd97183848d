import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import type { Extent } from './extents.ts';

/** What is known of a file before it is hashed. */
export interface Hashing {
  file: string;
  /** Where it holds data; the rest is zeros that need not be read. Undefined: everywhere. */
  extents?: Extent[];
  /** Also the hash of its first bytes. */
  prefixBytes?: number;
}

export interface Digests {
  /** SHA-256, hex. */
  whole: string;
  /** Of the first `prefixBytes`; empty where nobody asked. */
  prefix: string;
}

/**
 * What a thread does: reads a file and hashes it. Kept as text, so that it runs the same from sources and compiled.
 * OpenSSL's SHA-256, which Node uses, is several times faster than coreutils' on processors without SHA instructions.
 */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { file: name, extents, prefixBytes = Infinity } = workerData;
const hash = createHash('sha256');
const file = fs.openSync(name);
const { size } = fs.fstatSync(file);
const piece = Buffer.alloc(4 << 20);
const zeros = Buffer.alloc(4 << 20);
let at = 0;
let prefix = '';
function take(bytes) {
  const first = bytes.subarray(0, Math.max(0, prefixBytes - at));
  hash.update(first);
  at += first.length;
  if (at === prefixBytes && prefix === '') prefix = hash.copy().digest('hex');
  const rest = bytes.subarray(first.length);
  hash.update(rest);
  at += rest.length;
}
function hole(end) {
  while (at < end) take(zeros.subarray(0, Math.min(zeros.length, end - at)));
}
function data(end) {
  while (at < end) {
    const n = fs.readSync(file, piece, 0, Math.min(piece.length, end - at), at);
    if (n === 0) throw new Error(name + ' became shorter while it was read');
    take(piece.subarray(0, n));
  }
}
for (const { start, length } of extents ?? [{ start: 0, length: size }]) {
  hole(start);
  data(start + length);
}
hole(size);
parentPort.postMessage({ whole: hash.digest('hex'), prefix });
`;

/** The hashes of a file, computed beside everything else. */
export async function hashBeside(hashing: Hashing, signal: AbortSignal): Promise<Digests> {
  const worker = new Worker(THREAD, { eval: true, workerData: hashing });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const [result] = (await Promise.race([once(worker, 'message'), endedEarly(worker, signal)])) as [Digests];
    return result;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function endedEarly(worker: Worker, signal: AbortSignal): Promise<never> {
  const [reason] = await Promise.race([once(worker, 'error'), once(worker, 'exit')]);
  signal.throwIfAborted();
  throw reason instanceof Error ? reason : new Error('the hashing thread ended early');
}

/** The hash of a file, read in this thread. @returns hex */
export async function hashOf(file: string, algorithm: 'sha256' | 'sha1', signal: AbortSignal): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}
