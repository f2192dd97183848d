import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
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
  const found = readMembers(await readFile(deb), deb).find(({ name }) => name.startsWith(member));
  if (found) return found.content;
  throw notPackage(deb);
}

/** One file in the `ar` archive that a package is: `debian-binary`, `control.tar.xz`, `data.tar.xz`. */
export interface Member {
  name: string;
  content: Buffer;
}

/**
 * @param deb a whole package
 * @param origin what it is called where something is wrong with it
 * @throws GoldsmithError `source-unsafe` when it is no package, or not a whole one
 */
export function readMembers(deb: Buffer, origin: string): Member[] {
  if (deb.toString('latin1', 0, MAGIC.length) !== MAGIC) throw notPackage(origin);
  const members: Member[] = [];
  for (let at = MAGIC.length; at < deb.length; ) {
    const header = deb.toString('latin1', at, at + HEADER_BYTES);
    const size = Number(header.slice(48, 58).trim());
    const content = deb.subarray(at + HEADER_BYTES, at + HEADER_BYTES + size);
    if (header.length < HEADER_BYTES || !Number.isSafeInteger(size) || content.length < size) throw notPackage(origin);
    // A name may end in a slash, as GNU's ar writes it.
    members.push({ name: header.slice(0, 16).trimEnd().replace(/\/$/, ''), content });
    at += HEADER_BYTES + size + (size % 2);
  }
  return members;
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

const notPackage = (deb: string): GoldsmithError => new GoldsmithError('source-unsafe', `${deb} is no Debian package.`);
