import { mkdir, statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import path from 'node:path';
import type { Scope } from './scope.ts';

/** Files here lie in the host's memory on every Linux (shm_overview(7)). */
const SHARED_MEMORY = '/dev/shm';
/** Linux's number of tmpfs (statfs(2)). */
const TMPFS = 0x01021994;
/** What is left to everybody else. */
const SPARE_BYTES = 512 * 1024 ** 2;

/**
 * Where memory is written while its machine stands, and read from when it goes on: in the host's own memory where that
 * has room, since QEMU waits until a disk has written all of it (fdatasync(2)); else in the build's working folder.
 */
export class MemoryRoom {
  #dir: Promise<string> | undefined;

  constructor(
    readonly scope: Scope,
    /** The build: its folder there is named after it. */
    readonly id: string,
    readonly workDir: string,
  ) {}

  /** The path of a file that may grow to so many bytes; it is removed with the build at the latest. */
  async path(name: string, bytes: number): Promise<string> {
    return path.join((await hasRoom(bytes)) ? await this.#shared() : this.workDir, name);
  }

  #shared(): Promise<string> {
    const dir = path.join(SHARED_MEMORY, `goldsmith-${this.id}`);
    this.#dir ??= this.scope.hold({ kind: 'dir', path: dir }, async () => {
      await mkdir(dir, { mode: 0o700 });
      return dir;
    });
    return this.#dir;
  }
}

async function hasRoom(bytes: number): Promise<boolean> {
  const { type, bavail, bsize } = await statfs(SHARED_MEMORY).catch(() => ({ type: 0, bavail: 0, bsize: 0 }));
  return type === TMPFS && Math.min(bavail * bsize, freemem()) > bytes + SPARE_BYTES;
}
