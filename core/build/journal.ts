import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { BuildEvent, EventType, Stamped } from '../model/event.ts';
import type { Redactor } from '../model/redact.ts';

export const JOURNAL = 'journal.jsonl';

/** Events that must be on the disk before the act they announce; the rest may be lost by a power cut. */
const DURABLE: ReadonlySet<EventType> = new Set([
  'started',
  'step-started',
  'step-finished',
  'acquiring',
  'released',
  'checkpoint',
  'rewound',
  'candidate',
  'release',
  'kept',
  'finished',
]);

/** Append-only JSON lines: one build, one file, one writer. Every string is masked before it is written or told. */
export class Journal {
  readonly #fd: number;
  readonly #listeners = new Set<(event: Stamped) => void>();
  #seq: number;

  constructor(
    readonly path: string,
    readonly secrets: Redactor,
  ) {
    this.#seq = existsSync(path) ? (readJournal(path).at(-1)?.seq ?? 0) : 0;
    const isTorn = existsSync(path) && !/(^|\n)$/.test(readFileSync(path, 'utf8'));
    this.#fd = openSync(path, 'a', 0o600);
    if (isTorn) writeSync(this.#fd, '\n');
  }

  append(event: BuildEvent): Stamped {
    const stamped: Stamped = { ...this.secrets.maskDeep(event), seq: ++this.#seq, at: new Date().toISOString() };
    writeSync(this.#fd, JSON.stringify(stamped) + '\n');
    if (DURABLE.has(event.type)) fsyncSync(this.#fd);
    for (const listener of this.#listeners) listener(stamped);
    return stamped;
  }

  subscribe(listener: (event: Stamped) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** A torn line hides only itself: its write failed before the act it announces. */
export function readJournal(path: string): Stamped[] {
  return readFileSync(path, 'utf8').split('\n').flatMap(parseJournalLine);
}

/** One line of a journal; nothing for an empty or torn one. */
export function parseJournalLine(line: string): Stamped[] {
  if (line === '') return [];
  try {
    return [JSON.parse(line) as Stamped];
  } catch {
    return [];
  }
}
