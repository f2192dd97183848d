import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

/** One thing in a file tree. All belongs to root; times are fixed, so that equal trees give equal bytes. */
export type Entry =
  | { kind: 'file'; mode: number; data: Buffer }
  | { kind: 'link'; target: string }
  | { kind: 'dir'; mode: number };

/** 2025-01-01: the time of everything in the ISO. */
export const FIXED_TIME_S = 1_735_689_600;

/** A file tree in memory: paths without a leading slash. */
export class Tree {
  readonly entries = new Map<string, Entry>();

  /** Adds a file; folders above it come by themselves. A later file replaces an earlier one. */
  file(path: string, data: Buffer | string, mode = 0o644): this {
    return this.#set(path, { kind: 'file', mode, data: Buffer.from(data) });
  }

  link(path: string, target: string): this {
    return this.#set(path, { kind: 'link', target });
  }

  dir(path: string, mode = 0o755): this {
    return this.#set(path, { kind: 'dir', mode });
  }

  has(path: string): boolean {
    return this.entries.has(path);
  }

  /** Sorted by path: a folder always comes before what is in it. */
  sorted(): [string, Entry][] {
    return [...this.entries].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #set(path: string, entry: Entry): this {
    const slash = path.lastIndexOf('/');
    if (slash > 0 && !this.entries.has(path.slice(0, slash))) this.dir(path.slice(0, slash));
    this.entries.set(path, entry);
    return this;
  }
}

const TYPE_BITS = { file: 0o100000, link: 0o120000, dir: 0o040000 } as const;

/** The tree as a cpio archive of the `newc` kind, which the kernel unpacks (its Documentation: initramfs buffer format). */
export function toCpio(tree: Tree): Buffer {
  const members = tree.sorted().map(([path, entry], index) => cpioMember(path, entry, index + 1));
  return Buffer.concat([...members, cpioMember('TRAILER!!!', undefined, 0)]);
}

function cpioMember(path: string, entry: Entry | undefined, inode: number): Buffer {
  const data =
    !entry || entry.kind === 'dir' ? Buffer.alloc(0) : entry.kind === 'link' ? Buffer.from(entry.target) : entry.data;
  const mode = entry ? TYPE_BITS[entry.kind] | (entry.kind === 'link' ? 0o777 : entry.mode) : 0;
  const name = Buffer.from(`${path}\0`);
  const fields = [inode, mode, 0, 0, 1, entry ? FIXED_TIME_S : 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(`070701${fields.map(field => field.toString(16).padStart(8, '0')).join('')}`);
  return Buffer.concat([padTo4(Buffer.concat([header, name])), padTo4(data)]);
}

const padTo4 = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

/** The tree as a tar archive. */
export async function toTar(tree: Tree): Promise<Buffer> {
  const archive = pack();
  const common = { mtime: new Date(FIXED_TIME_S * 1000), uid: 0, gid: 0, uname: 'root', gname: 'root' };
  for (const [name, entry] of tree.sorted()) {
    if (entry.kind === 'file') archive.entry({ ...common, name, mode: entry.mode }, entry.data);
    else if (entry.kind === 'dir') archive.entry({ ...common, name, mode: entry.mode, type: 'directory' });
    else archive.entry({ ...common, name, mode: 0o777, type: 'symlink', linkname: entry.target });
  }
  archive.finalize();
  return buffer(archive);
}
