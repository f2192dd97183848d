import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parseJournalLine } from '../build/journal.ts';
import { type BuildState, emptyState, foldEvent } from '../model/fold.ts';

const PIECE_BYTES = 1 << 20;
const NEWLINE = 10;

/** The state a journal leads to, kept up to date by reading only what was added since the last time. */
export class JournalReader {
  #state = emptyState();
  #position = 0;
  #inode = 0;

  constructor(readonly path: string) {}

  /** A line without an end is one that is still being written: it is read the next time. */
  read(): BuildState {
    const file = openSync(this.path, 'r');
    try {
      const { size, ino } = fstatSync(file);
      if (ino !== this.#inode || size < this.#position) this.#restart(ino);
      while (this.#position < size) if (!this.#take(file, size)) break;
      return this.#state;
    } finally {
      closeSync(file);
    }
  }

  #restart(inode: number): void {
    this.#state = emptyState();
    this.#position = 0;
    this.#inode = inode;
  }

  /** Folds the whole lines of the next piece. False when there is none. */
  #take(file: number, size: number): boolean {
    let piece = Buffer.alloc(Math.min(PIECE_BYTES, size - this.#position));
    let bytes = readSync(file, piece, 0, piece.length, this.#position);
    if (piece.lastIndexOf(NEWLINE, bytes - 1) < 0 && bytes < size - this.#position) {
      piece = Buffer.alloc(size - this.#position); // one line longer than a piece
      bytes = readSync(file, piece, 0, piece.length, this.#position);
    }
    const end = bytes === 0 ? 0 : piece.lastIndexOf(NEWLINE, bytes - 1) + 1;
    for (const line of piece.toString('utf8', 0, end).split('\n')) {
      for (const event of parseJournalLine(line)) this.#state = foldEvent(this.#state, event);
    }
    this.#position += end;
    return end > 0;
  }
}
