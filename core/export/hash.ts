import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';

/**
 * What a thread does: reads a file and hashes it. Kept as text, so that it runs the same from sources and compiled.
 * OpenSSL's SHA-256, which Node uses, is several times faster than coreutils' on processors without SHA instructions.
 */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const hash = createHash('sha256');
const file = fs.openSync(workerData);
const piece = Buffer.alloc(4 << 20);
for (let n = fs.readSync(file, piece); n > 0; n = fs.readSync(file, piece)) hash.update(piece.subarray(0, n));
parentPort.postMessage(hash.digest('hex'));
`;

/** The SHA-256 of a file, computed beside everything else. @returns hex */
export async function hashBeside(file: string, signal: AbortSignal): Promise<string> {
  const worker = new Worker(THREAD, { eval: true, workerData: file });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const [result] = (await Promise.race([once(worker, 'message'), endedEarly(worker, signal)])) as [string];
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
