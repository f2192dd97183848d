import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GoldsmithError } from '../model/failure.ts';
import type { Manifest } from '../model/manifest.ts';
import { gzip } from './gzip.ts';
import type { ExportWork } from './work.ts';

const PIECE_BYTES = 1024 * 1024;

/** The root file system as a tar.gz that `docker import` takes: read by the guest itself, in a throwaway machine. */
export async function makeDocker(work: ExportWork): Promise<string[]> {
  if (!work.readRoot) {
    throw new GoldsmithError('unsupported', 'Here no machine can be started that would read the root file system.');
  }
  await mkdir(work.scratch, { recursive: true });
  const tar = path.join(work.scratch, 'root.tar');
  work.scope.emit({ type: 'note', message: 'docker: a throwaway machine of the release reads its root file system.' });
  const bytes = await work.readRoot(await work.raw(), tar, work.signal);
  const name = `${work.name}-rootfs.tar.gz`;
  const tell = work.progress(name);
  let done = 0;
  async function* told(): AsyncGenerator<Buffer> {
    const pieces = createReadStream(tar, { end: bytes - 1, highWaterMark: PIECE_BYTES });
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      work.signal.throwIfAborted();
      done += piece.length;
      tell(done, bytes);
      yield piece;
    }
  }
  await pipeline(Readable.from(gzip(told())), createWriteStream(work.file(name), { flags: 'wx' }), {
    signal: work.signal,
  });
  return [name];
}

/** Labels of the image in Docker: the ones of the OCI image specification (annotations.md), and the release's id. */
export function dockerLabels(manifest: Manifest, releaseId: string): Record<string, string> {
  return {
    'org.opencontainers.image.title': manifest.image,
    'org.opencontainers.image.version': manifest.version,
    'org.opencontainers.image.created': manifest.createdAt,
    ...(manifest.description === undefined ? {} : { 'org.opencontainers.image.description': manifest.description }),
    ...(manifest.source === undefined ? {} : { 'org.opencontainers.image.revision': manifest.source.describe }),
    'goldsmith.release': releaseId,
  };
}
