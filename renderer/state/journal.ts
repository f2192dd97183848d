import { useEffect, useSyncExternalStore } from 'react';
import type { EventOf, LineSource, Stamped } from '../../core/model/event.ts';
import type { Failure } from '../../core/model/failure.ts';
import { type BuildState, emptyState, foldEvent } from '../../core/model/fold.ts';
import { plainText } from '../../core/model/plain-text.ts';
import type { PageStream } from '../link/client.ts';
import { openStream, useConnection } from '../link/engine.ts';

/** Kept of one build: the newest of each. The journal on the disk has all of it. */
const MOST = { lines: 200_000, events: 20_000, requests: 20_000 } as const;
/** Trimmed in one go, when this much too long: moving a long array for each new line would cost more than showing it. */
const SLACK = 1.1;

export interface LogLine {
  seq: number;
  at: string;
  source: LineSource;
  line: string;
  level?: 'error' | 'warning';
}
export type RequestLine = Stamped<EventOf<'request'>>;

/** What one build's page shows. Replaced as a whole; the arrays in it grow in place and are read by length. */
export interface JournalView {
  state: BuildState;
  lines: LogLine[];
  requests: RequestLine[];
  /** Everything but lines, requests and progress. */
  events: Stamped[];
  isLoaded: boolean;
  failure?: Failure;
}

const NOT_LISTED: ReadonlySet<string> = new Set(['line', 'request', 'progress']);

/** Follows one build's journal: bytes to events to state, told at most once a frame. */
class JournalStore {
  view: JournalView = { state: emptyState(), lines: [], requests: [], events: [], isLoaded: false };
  readonly #listeners = new Set<() => void>();
  readonly #decoder = new TextDecoder();
  #stream: PageStream | undefined;
  #position = 0;
  #rest = '';
  #isTelling = false;

  constructor(readonly build: string) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly read = (): JournalView => this.view;

  open(): void {
    this.#stream?.close();
    this.#stream = openStream(
      'journal',
      { build: this.build, from: this.#position },
      {
        onBytes: (bytes, done) => {
          this.#take(bytes);
          done();
        },
        onClosed: failure => this.#change({ isLoaded: true, ...(failure ? { failure } : {}) }),
      },
    );
  }

  close(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }

  #take(bytes: Uint8Array): void {
    this.#position += bytes.length;
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    let { state } = this.view;
    for (const line of lines) {
      const event = parse(line);
      if (!event) continue;
      state = foldEvent(state, event);
      this.#keep(event);
    }
    this.#change({ state, isLoaded: true });
  }

  #keep(event: Stamped): void {
    const { lines, requests, events } = this.view;
    if (event.type === 'line') {
      const { seq, at, source, level } = event;
      const line = plainText(event.line);
      push(lines, level === undefined ? { seq, at, source, line } : { seq, at, source, line, level }, MOST.lines);
    } else if (event.type === 'request') push(requests, event, MOST.requests);
    if (!NOT_LISTED.has(event.type)) push(events, event, MOST.events);
  }

  #change(part: Partial<JournalView>): void {
    this.view = { ...this.view, ...part };
    if (this.#isTelling) return;
    this.#isTelling = true;
    requestAnimationFrame(() => {
      this.#isTelling = false;
      for (const listener of this.#listeners) listener();
    });
  }
}

function push<T>(list: T[], item: T, most: number): void {
  list.push(item);
  if (list.length > most * SLACK) list.splice(0, list.length - most);
}

function parse(line: string): Stamped | undefined {
  try {
    return line === '' ? undefined : (JSON.parse(line) as Stamped);
  } catch {
    return undefined; // torn by a crash: it hides only itself
  }
}

const stores = new Map<string, JournalStore>();

/** A build's journal, live while somebody looks. */
export function useJournal(build: string): JournalView {
  const store = stores.get(build) ?? new JournalStore(build);
  stores.set(build, store);
  const epoch = useConnection(connection => connection.epoch);
  useEffect(() => {
    if (epoch > 0) store.open();
    return () => store.close();
  }, [store, epoch]);
  useEffect(() => () => void stores.delete(build), [build]);
  return useSyncExternalStore(store.subscribe, store.read);
}
