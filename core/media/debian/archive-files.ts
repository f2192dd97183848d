import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';

/** A file of known content: from the cache when it is there and whole, else from the mirror. */
export async function fetchVerified(
  url: string,
  expected: { sha256: string },
  cacheDir: string,
  signal: AbortSignal,
): Promise<string> {
  const file = path.join(cacheDir, `${expected.sha256}-${path.posix.basename(url)}`);
  if (await hasSha256(file, expected.sha256)) return file;
  const incoming = `${file}.${process.pid}`;
  await writeFile(incoming, await downloadVerified(url, expected, signal));
  await rename(incoming, file);
  return file;
}

/** The bytes of a file that a signed index names. @throws GoldsmithError `source-unreachable`, `checksum-mismatch` */
export async function downloadVerified(
  url: string,
  expected: { sha256: string },
  signal: AbortSignal,
): Promise<Buffer> {
  const bytes = await download(url, signal);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === expected.sha256) return bytes;
  throw new GoldsmithError('checksum-mismatch', `${url} is not the file the signed index names.`, {
    hint: 'The mirror may be in the middle of an update: try again in some minutes.',
    details: { expected: expected.sha256, actual: sha256 },
  });
}

export async function hasSha256(file: string, sha256: string): Promise<boolean> {
  try {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file)) hash.update(chunk);
    return hash.digest('hex') === sha256;
  } catch {
    return false;
  }
}

export async function download(url: string, signal: AbortSignal): Promise<Buffer> {
  const unreachable = (reason: string, cause?: unknown) =>
    new GoldsmithError('source-unreachable', `${url} could not be downloaded: ${reason}.`, { cause });
  const response = await fetch(url, { signal }).catch(cause => {
    signal.throwIfAborted();
    throw unreachable(cause.cause?.message ?? cause.message, cause);
  });
  if (!response.ok) throw unreachable(`the server answered ${response.status} ${response.statusText}`);
  return Buffer.from(await response.arrayBuffer());
}
