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
  for (const { name, content } of await readMembers(deb)) if (name.startsWith(member)) return content;
  throw notPackage(deb);
}

/** One file in the `ar` archive that a package is: `debian-binary`, `control.tar.xz`, `data.tar.xz`. */
export interface Member {
  name: string;
  content: Buffer;
}

/** @throws GoldsmithError `source-unsafe` when the file is no package */
export async function readMembers(deb: string): Promise<Member[]> {
  const file = await open(deb);
  try {
    if ((await readAt(file, 0, MAGIC.length)).toString('latin1') !== MAGIC) throw notPackage(deb);
    const members: Member[] = [];
    for (let at = MAGIC.length; ; ) {
      const header = (await readAt(file, at, HEADER_BYTES)).toString('latin1');
      if (header === '') return members;
      const size = Number(header.slice(48, 58).trim());
      if (header.length < HEADER_BYTES || !Number.isSafeInteger(size)) throw notPackage(deb);
      // A name may end in a slash, as GNU's ar writes it.
      const name = header.slice(0, 16).trimEnd().replace(/\/$/, '');
      members.push({ name, content: await readAt(file, at + HEADER_BYTES, size) });
      at += HEADER_BYTES + size + (size % 2);
    }
  } finally {
    await file.close();
  }
}

/** A package of these members: an `ar` archive as dpkg-deb writes it (deb(5)); all belongs to root, at no time. */
export function writeMembers(members: Member[]): Buffer {
  const parts = members.flatMap(({ name, content }) => [
    Buffer.from(
      `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`,
    ),
    content,
    Buffer.alloc(content.length % 2, '\n'),
  ]);
  return Buffer.concat([Buffer.from(MAGIC), ...parts]);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

const notPackage = (deb: string): GoldsmithError => new GoldsmithError('source-unsafe', `${deb} is no Debian package.`);
