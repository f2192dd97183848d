import { type FileHandle, mkdir, open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../exec.ts';
import { GoldsmithError } from '../../model/failure.ts';

const MAGIC = '!<arch>\n';
const HEADER_BYTES = 60;

/**
 * Unpacks the files of a .deb or .udeb into a folder, or only the members named, e.g. `./usr/bin/cpio`.
 * A .deb is an `ar` archive with a tar archive in it (deb(5)); needs `tar` and, for today's packages, `xz`.
 * @throws GoldsmithError `source-unsafe` when the file is no package, `program-failed`, `host-lacks`
 */
export async function unpackDeb(
  deb: string,
  folder: string,
  signal: AbortSignal,
  members: string[] = [],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const data = path.join(folder, `.data-${process.pid}.tar`);
  try {
    await writeFile(data, await dataMember(deb));
    const owner = ['--no-same-owner', '--no-same-permissions', '--delay-directory-restore'];
    await run('tar', ['--extract', '--file', data, '--directory', folder, ...owner, ...members], { signal });
  } finally {
    await rm(data, { force: true });
  }
}

async function dataMember(deb: string): Promise<Buffer> {
  const file = await open(deb);
  try {
    if ((await readAt(file, 0, MAGIC.length)).toString('latin1') !== MAGIC) throw notPackage(deb);
    for (let at = MAGIC.length; ; ) {
      const header = (await readAt(file, at, HEADER_BYTES)).toString('latin1');
      const size = Number(header.slice(48, 58).trim());
      if (header.length < HEADER_BYTES || !Number.isSafeInteger(size)) throw notPackage(deb);
      if (header.startsWith('data.tar')) return await readAt(file, at + HEADER_BYTES, size);
      at += HEADER_BYTES + size + (size % 2);
    }
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

const notPackage = (deb: string): GoldsmithError => new GoldsmithError('source-unsafe', `${deb} is no Debian package.`);
