import type { Place } from '../model/failure.ts';
import { type FailureCode, GoldsmithError } from '../model/failure.ts';

/** A stretch of a text, as offsets into it; `end` is exclusive. */
export interface Span {
  start: number;
  end: number;
}

const LONGEST_SHOWN_LINE = 400;

/** A text a person wrote, with what is needed to point into it. */
export class SourceText {
  #lineStarts: number[] | undefined;

  constructor(
    readonly file: string,
    readonly text: string,
  ) {}

  /** The place of an offset; columns count characters from 1. */
  place(offset: number): Place {
    const starts = this.#starts();
    const at = Math.max(0, Math.min(offset, this.text.length));
    const index = lastNotAfter(starts, at);
    const start = starts[index] ?? 0;
    const end = this.text.indexOf('\n', start);
    const source = this.text.slice(start, end < 0 ? this.text.length : end).replace(/\r$/, '');
    return { file: this.file, line: index + 1, column: at - start + 1, source: source.slice(0, LONGEST_SHOWN_LINE) };
  }

  /** An error at an offset of this text. */
  fail(offset: number, message: string, hint?: string, code: FailureCode = 'bad-recipe'): GoldsmithError {
    return new GoldsmithError(code, message, { hint, details: { place: this.place(offset) } });
  }

  #starts(): number[] {
    if (this.#lineStarts) return this.#lineStarts;
    const starts = [0];
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
    return starts;
  }
}

/** Binary search: the index of the last entry that is not greater than `value`. */
function lastNotAfter(sorted: number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
