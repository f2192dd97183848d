import { createReadStream, createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { fileSize } from './extents.ts';

/** A member of an archive: text, or a file's content. */
export type Member = { name: string; text: string } | { name: string; file: string };

export interface ArchiveOptions {
  timeS: number;
  signal: AbortSignal;
  isGzipped?: boolean;
}

/** A ustar archive with its members in this order, owned by root: the same members give the same bytes. */
export async function writeTar(out: string, members: Member[], options: ArchiveOptions): Promise<void> {
  const tar = pack();
  const written = pipeline(
    [tar as unknown as Readable, ...(options.isGzipped ? [createGzip()] : []), createWriteStream(out, { flags: 'wx' })],
    { signal: options.signal },
  );
  for (const member of members) {
    const header = { name: member.name, mode: 0o644, mtime: new Date(options.timeS * 1000), uid: 0, gid: 0 };
    if ('text' in member) {
      tar.entry(header, member.text);
      continue;
    }
    const entry = tar.entry({ ...header, size: await fileSize(member.file) });
    await pipeline(createReadStream(member.file), entry, { signal: options.signal });
  }
  tar.finalize();
  await written;
}
