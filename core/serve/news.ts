import { stat } from 'node:fs/promises';
import type { BuildSummary, TidingName, Tidings } from '../../electron/ipc/contract.ts';
import type { BuildState } from '../model/fold.ts';
import type { VmInfo } from '../model/vm.ts';
import { exportList } from './calls/exports.ts';
import type { Host } from './host.ts';

const POLL_MS = 500;
/** Machines and releases change seldom: looked at every few polls. */
const SLOW_EVERY = 4;

type Listener = <K extends TidingName>(name: K, value: Tidings[K]) => void;

/** A build's state without what only its own page shows. */
export function summaryOf(state: BuildState): BuildSummary {
  const { lines: _1, requests: _2, held: _3, notes: _4, machine: _5, served: _6, ...summary } = state;
  return summary;
}

/**
 * What changes on the disk, told to all pages: the disk is the truth, so a build that a terminal started appears by
 * itself. Looks only while somebody listens.
 */
export class News {
  readonly #listeners = new Set<Listener>();
  readonly #seen = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #round = 0;
  #others = '';
  #exports = '';

  constructor(readonly host: Host) {}

  /** Returns its own undo. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#timer ??= setTimeout(() => void this.#look(), 0);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  async #look(): Promise<void> {
    await this.#lookAtBuilds().catch(() => {}); // a folder may vanish between two looks; the next one sees it
    if (this.#round++ % SLOW_EVERY === 0) await this.#lookAtOthers().catch(() => {});
    if (this.#listeners.size > 0) this.#timer = setTimeout(() => void this.#look(), POLL_MS);
  }

  async #lookAtBuilds(): Promise<void> {
    const builds = await (await this.host.engine()).builds();
    const changed = builds.filter(build => this.#seen.get(build.id) !== markOf(build));
    const ids = new Set(builds.map(({ id }) => id));
    const gone = [...this.#seen.keys()].filter(id => !ids.has(id));
    for (const build of changed) this.#seen.set(build.id, markOf(build));
    for (const id of gone) this.#seen.delete(id);
    if (changed.length + gone.length > 0) this.#tell('builds', { changed: changed.map(summaryOf), gone });
  }

  async #lookAtOthers(): Promise<void> {
    const engine = await this.host.engine();
    const [vms, images] = await Promise.all([engine.vms(), engine.images()]);
    const others = JSON.stringify([
      vms.map(vmMark),
      images.map(({ releases, channels, candidates }) => [releases.map(({ id }) => id), channels, candidates.length]),
    ]);
    if (others !== this.#others && this.#others !== '') {
      this.#tell('changed', { what: 'vms' });
      this.#tell('changed', { what: 'images' });
    }
    this.#others = others;
    const exports = String((await stat(exportList(this.host)).catch(() => undefined))?.mtimeMs ?? 'none');
    if (exports !== this.#exports && this.#exports !== '') this.#tell('changed', { what: 'exports' });
    this.#exports = exports;
  }

  #tell<K extends TidingName>(name: K, value: Tidings[K]): void {
    for (const listener of this.#listeners) listener(name, value);
  }
}

const markOf = ({ seq, outcome }: BuildState): string => `${seq} ${outcome}`;
const vmMark = ({ id, pid, kind, ssh }: VmInfo): unknown[] => [id, pid, kind, ssh?.port];
