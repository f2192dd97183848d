import { GoldsmithError } from '../../model/failure.ts';

/**
 * A member of a cpio archive of the `newc` kind (Linux: Documentation/driver-api/early-userspace/buffer-format.rst).
 * Everything is kept in memory, so that device nodes and owners survive without root.
 */
export interface CpioMember {
  /** Without a leading `/` or `./`. */
  path: string;
  /** File type and permissions, as in `struct stat`. */
  mode: number;
  mtimeS: number;
  /** Content of a file, target of a symbolic link. */
  data: Buffer;
  /** `[major, minor]` of a device node. */
  device?: [number, number];
}

export const FILE = 0o100000;
export const LINK = 0o120000;
export const DIR = 0o040000;
const TYPE_MASK = 0o170000;

const HEADER_BYTES = 110;
const TRAILER = 'TRAILER!!!';

export const isLink = (member: CpioMember): boolean => (member.mode & TYPE_MASK) === LINK;

/** Reads all members; a later member of the same path replaces an earlier one, as the kernel does it. */
export function readCpio(archive: Buffer): Map<string, CpioMember> {
  const members = new Map<string, CpioMember>();
  const byInode = new Map<string, CpioMember[]>();
  for (let at = 0; ; ) {
    const { member, next, inode } = readMember(archive, at);
    at = next;
    if (member.path === TRAILER) break;
    members.set(member.path, member);
    if (inode) shareContent(byInode, inode, member);
  }
  members.delete('.');
  return members;
}

/** Of several hard links only the last one carries the content. */
function shareContent(byInode: Map<string, CpioMember[]>, inode: string, member: CpioMember): void {
  const same = [...(byInode.get(inode) ?? []), member];
  byInode.set(inode, same);
  if (member.data.length > 0) for (const link of same) link.data = member.data;
}

function readMember(archive: Buffer, at: number): { member: CpioMember; next: number; inode: string | undefined } {
  const magic = archive.toString('latin1', at, at + 6);
  if (magic !== '070701' && magic !== '070702') {
    throw new GoldsmithError('source-unsafe', `The initrd is no cpio archive: at byte ${at} stands "${magic}".`);
  }
  const field = (index: number) =>
    Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
  const nameStart = at + HEADER_BYTES;
  const dataStart = aligned(nameStart + field(11));
  const dataEnd = dataStart + field(6);
  const name = archive.toString('utf8', nameStart, nameStart + field(11) - 1);
  const device: [number, number] = [field(9), field(10)];
  const member: CpioMember = {
    path: name.replace(/^(\.?\/)+/, ''),
    mode: field(1),
    mtimeS: field(5),
    data: archive.subarray(dataStart, dataEnd),
    ...(device[0] || device[1] ? { device } : {}),
  };
  const inode = field(4) > 1 && (field(1) & TYPE_MASK) === FILE ? `${field(7)}:${field(8)}:${field(0)}` : undefined;
  return { member, next: aligned(dataEnd), inode };
}

/** Writes an archive, sorted by path so that a folder stands before its content; equal members give equal bytes. */
export function writeCpio(members: Map<string, CpioMember>): Buffer {
  const sorted = [...members.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const parts = sorted.flatMap((member, index) => memberParts(member, index + 1));
  const end = memberParts({ path: TRAILER, mode: 0, mtimeS: 0, data: Buffer.alloc(0) }, 0);
  return Buffer.concat([...parts, ...end]);
}

function memberParts(member: CpioMember, inode: number): Buffer[] {
  const name = Buffer.from(`${member.path}\0`);
  const [major, minor] = member.device ?? [0, 0];
  const links = (member.mode & TYPE_MASK) === DIR ? 2 : 1;
  const fields = [
    inode,
    member.mode,
    0,
    0,
    links,
    member.mtimeS,
    member.data.length,
    0,
    0,
    major,
    minor,
    name.length,
    0,
  ];
  const hex = fields.map(value => value.toString(16).toUpperCase().padStart(8, '0')).join('');
  const head = Buffer.concat([Buffer.from(`070701${hex}`), name]);
  return [head, padding(head.length), member.data, padding(member.data.length)];
}

const aligned = (offset: number): number => Math.ceil(offset / 4) * 4;
const padding = (length: number): Buffer => Buffer.alloc(aligned(length) - length);
