import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { JOURNAL } from '../build/journal.ts';
import { isProcessOurs } from '../build/release.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { BuildState } from '../model/fold.ts';
import { nearest } from '../model/nearest.ts';
import { type Lock, tryLock } from '../store/lock.ts';
import { JournalReader } from './journal-reader.ts';

/** Folders with a journal each: builds, and machines started from releases. */
export class JournalFolders {
  readonly #readers = new Map<string, JournalReader>();

  constructor(readonly root: string) {}

  /** A name that sorts by time and never meets another. */
  newId(image: string, now: Date): string {
    const stamp = now.toISOString().replace(/[-:]/g, '').slice(0, 15).replace('T', '-');
    return `${image}-${stamp}-${randomBytes(2).toString('hex')}`;
  }

  dir(id: string): string {
    return path.join(this.root, id);
  }

  journal(id: string): string {
    return path.join(this.dir(id), JOURNAL);
  }

  /** Newest first. */
  async ids(): Promise<string[]> {
    const names = await readdir(this.root).catch(() => []);
    const found = await Promise.all(
      names.map(async id => ({ id, at: (await stat(this.journal(id)).catch(() => undefined))?.birthtimeMs })),
    );
    return found
      .filter(entry => entry.at !== undefined)
      .sort((a, b) => (b.at ?? 0) - (a.at ?? 0))
      .map(({ id }) => id);
  }

  /** Reads on where it stopped the last time: asking again and again costs only what is new. */
  state(id: string): BuildState {
    const reader = this.#readers.get(id) ?? new JournalReader(this.journal(id));
    this.#readers.set(id, reader);
    return reader.read();
  }

  async states(): Promise<BuildState[]> {
    const ids = await this.ids();
    for (const id of this.#readers.keys()) if (!ids.includes(id)) this.#readers.delete(id);
    return ids.map(id => this.state(id));
  }

  /** Whether somebody runs or recovers the folder at this moment. */
  async isHeld(id: string): Promise<boolean> {
    const lock = await this.lock(id);
    await lock?.release();
    return lock === undefined;
  }

  /** The folder a person means: its name, a unique beginning of it, or `latest`. @throws GoldsmithError `not-found` */
  async find(wanted: string, what: string): Promise<string> {
    const ids = await this.ids();
    const matches = wanted === 'latest' ? ids.slice(0, 1) : ids.filter(id => id === wanted || id.startsWith(wanted));
    const exact = matches.find(id => id === wanted) ?? (matches.length === 1 ? matches[0] : undefined);
    if (exact !== undefined) return exact;
    const near = nearest(wanted, ids);
    throw new GoldsmithError(
      'not-found',
      matches.length > 1 ? `"${wanted}" fits ${matches.length} ${what}s.` : `There is no ${what} "${wanted}".`,
      {
        hint: near ? `Did you mean ${near}?` : `goldsmith builds lists them.`,
      },
    );
  }

  /** Held by whoever runs or recovers the folder; freed by the kernel when that process ends. */
  async lock(id: string): Promise<Lock | undefined> {
    const isElsewhere = existsSync(this.journal(id)) && (await runsElsewhere(this.state(id)));
    return isElsewhere ? undefined : tryLock(`journal ${this.dir(id)}`);
  }
}

/** A lock holds within one network namespace: of a run that lives in another one, nobody here can take it away. */
async function runsElsewhere({ outcome, pid }: BuildState): Promise<boolean> {
  if (outcome !== 'running' || pid === undefined) return false;
  const theirs = await readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
  return theirs !== undefined && theirs !== (await readlink('/proc/self/ns/net'));
}

/** The process of a folder's machine, where it still runs; 0 when it runs where no process can be seen. */
export async function livingPid(state: BuildState): Promise<number | undefined> {
  // The newest first: a build starts the installed system when the machine that installed it has ended.
  for (const { resource } of state.held.toReversed()) {
    if (resource.kind === 'domain') {
      const pid = await (await import('../drivers/libvirt/release.ts')).livingDomain(resource);
      if (pid !== undefined) return pid;
    }
    if (resource.kind !== 'process' || !resource.pidFile.endsWith('qemu.pid')) continue;
    const pid = Number(await readFile(resource.pidFile, 'utf8').catch(() => '0'));
    if (pid > 1 && (await isProcessOurs(pid, resource.mark))) return pid;
  }
  return undefined;
}
