import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
import { type Carrier, lost, refusedCopy } from './carrier.ts';
import type { Connection } from './connection.ts';
import { untilAborted } from './pause.ts';

type Callback<T> = (error: Error | null | undefined, value: T) => void;

/** SFTP paths are relative to the home folder and know no tilde. */
const remotePath = (remote: string): string => (remote === '~' ? '.' : remote.replace(/^~\//, ''));

/** Moves files with the SSH server's file transfer subsystem. Links are followed, as scp does. */
export class SftpCarrier implements Carrier {
  constructor(
    readonly sftp: SFTPWrapper,
    readonly connection: Connection,
    readonly signal: AbortSignal,
  ) {
    // Requests under way get their own error; this one would end the process.
    sftp.on('error', () => undefined);
  }

  async writeFile(source: string | Buffer, remote: string, mode: number): Promise<void> {
    const to = remotePath(remote);
    const doing = `Cannot write ${remote} in the guest`;
    if (typeof source === 'string') await this.#ask<void>(doing, use => this.sftp.fastPut(source, to, { mode }, use));
    else await this.#ask<void>(doing, use => this.sftp.writeFile(to, source, { mode }, use));
    await this.#ask<void>(`Cannot set the mode of ${remote} in the guest`, use => this.sftp.chmod(to, mode, use));
  }

  async readFile(remote: string, local: string): Promise<void> {
    const from = remotePath(remote);
    await this.#ask<void>(`Cannot read ${remote} from the guest`, use => this.sftp.fastGet(from, local, use));
  }

  async writeDir(local: string, remote: string): Promise<void> {
    await this.#makeDir(remotePath(remote));
    for (const name of (await readdir(local)).sort()) {
      const from = path.join(local, name);
      const to = `${remotePath(remote)}/${name}`;
      const info = await stat(from);
      if (info.isDirectory()) await this.writeDir(from, to);
      else if (info.size === 0) await this.writeFile(await readFile(from), to, info.mode & 0o777);
      else await this.writeFile(from, to, info.mode & 0o777);
    }
  }

  async readDir(remote: string, local: string): Promise<void> {
    const from = remotePath(remote);
    await mkdir(local, { recursive: true });
    const doing = `Cannot list ${remote} in the guest`;
    const entries = await this.#ask<FileEntryWithStats[]>(doing, use => this.sftp.readdir(from, use));
    for (const { filename, attrs } of entries) {
      if (filename === '.' || filename === '..') continue;
      if (filename.includes('/') || filename.includes('\0')) throw refusedCopy(doing, 'a file name that is a path');
      await this.#readEntry(`${from}/${filename}`, path.join(local, filename), attrs);
    }
  }

  /** A link to a file is copied as that file; a link to a folder is left out, since it may lead in a circle. */
  async #readEntry(from: string, local: string, attrs: Stats): Promise<void> {
    if (attrs.isDirectory()) return this.readDir(from, local);
    const doing = `Cannot read ${from} from the guest`;
    const target = attrs.isSymbolicLink() ? await this.#ask<Stats>(doing, use => this.sftp.stat(from, use)) : attrs;
    if (target.isFile()) await this.readFile(from, local);
  }

  async #makeDir(dir: string): Promise<void> {
    const isThere = await this.#ask<Stats>('', use => this.sftp.stat(dir, use)).catch(() => undefined);
    this.#throwIfOver();
    if (isThere?.isDirectory()) return;
    const parent = path.posix.dirname(dir);
    if (parent !== dir && parent !== '.') await this.#makeDir(parent);
    await this.#ask<void>(`Cannot make the folder ${dir} in the guest`, use => this.sftp.mkdir(dir, use));
  }

  #throwIfOver(): void {
    this.signal.throwIfAborted();
    if (this.connection.isClosed) throw lost();
  }

  async #ask<T>(doing: string, request: (use: Callback<T>) => void): Promise<T> {
    this.#throwIfOver();
    const answer = new Promise<T>((resolve, reject) => {
      request((error, value) => (error ? reject(refusedCopy(doing, error.message, error)) : resolve(value)));
    });
    const gone = this.connection.closed.then(() => Promise.reject(lost()));
    return untilAborted(Promise.race([answer, gone]), this.signal).catch((error: unknown) => {
      this.#throwIfOver();
      throw error;
    });
  }

  close(): void {
    this.sftp.end();
  }
}
