import { createReadStream, createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { fileSize } from './extents.ts';

/** A member of an archive: text, or a file's content. */
export type Member = { name: string; text: string } | { name: string; file: string };

export interface ArchiveOptions {
  timeS: number;
  signal: AbortSignal;
  isGzipped?: boolean;
}

/** For streams whose failure reaches a pipeline as well: an event that nobody hears would end the process. */
const TOLD_BY_PIPELINES = (): void => undefined;

/** A ustar archive with its members in this order, owned by root: the same members give the same bytes. */
export async function writeTar(out: string, members: Member[], options: ArchiveOptions): Promise<void> {
  const tar = pack();
  tar.on('error', TOLD_BY_PIPELINES);
  const written = pipeline(
    [tar as unknown as Readable, ...(options.isGzipped ? [createGzip()] : []), createWriteStream(out, { flags: 'wx' })],
    { signal: options.signal },
  );
  const fed = feed(tar, members, options).catch(error => {
    tar.destroy(error);
    throw error;
  });
  try {
    await Promise.all([fed, written]);
  } catch (error) {
    options.signal.throwIfAborted();
    throw error;
  } finally {
    await Promise.allSettled([written]); // a file that is opened later would be there after whoever takes it away
  }
}

async function feed(tar: Pack, members: Member[], { timeS, signal }: ArchiveOptions): Promise<void> {
  for (const member of members) {
    const header = { name: member.name, mode: 0o644, mtime: new Date(timeS * 1000), uid: 0, gid: 0 };
    if ('text' in member) {
      tar.entry(header, member.text).on('error', TOLD_BY_PIPELINES);
      continue;
    }
    const entry = tar.entry({ ...header, size: await fileSize(member.file) }).on('error', TOLD_BY_PIPELINES);
    await pipeline(createReadStream(member.file), entry, { signal });
  }
  tar.finalize();
}
