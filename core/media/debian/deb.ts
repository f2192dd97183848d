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
export function unpackDeb(deb: string, folder: string, signal: AbortSignal, members: string[] = []): Promise<void> {
  return unpackMember(deb, 'data.tar', folder, signal, members);
}

/** Unpacks what a package says of itself: `control`, `postinst`, `templates` and so on. Errors as `unpackDeb`. */
export function unpackControl(deb: string, folder: string, signal: AbortSignal): Promise<void> {
  return unpackMember(deb, 'control.tar', folder, signal, []);
}

async function unpackMember(
  deb: string,
  member: string,
  folder: string,
  signal: AbortSignal,
  members: string[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tar = path.join(folder, `.${member}-${process.pid}`);
  try {
    await writeFile(tar, await readMember(deb, member));
    const owner = ['--no-same-owner', '--no-same-permissions', '--delay-directory-restore'];
    await run('tar', ['--extract', '--file', tar, '--directory', folder, ...owner, ...members], { signal });
  } finally {
    await rm(tar, { force: true });
  }
}

async function readMember(deb: string, member: string): Promise<Buffer> {
  const file = await open(deb);
  try {
    if ((await readAt(file, 0, MAGIC.length)).toString('latin1') !== MAGIC) throw notPackage(deb);
    for (let at = MAGIC.length; ; ) {
      const header = (await readAt(file, at, HEADER_BYTES)).toString('latin1');
      const size = Number(header.slice(48, 58).trim());
      if (header.length < HEADER_BYTES || !Number.isSafeInteger(size)) throw notPackage(deb);
      if (header.startsWith(member)) return await readAt(file, at + HEADER_BYTES, size);
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
