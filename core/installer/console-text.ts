import { plainText } from '../model/plain-text.ts';

/** An installer's dialog is drawn without line ends; what stands longer than this is given out as a line. */
const MAX_LINE = 1000;
/** Moves of the cursor to another place: where a new piece of text starts. */
const CURSOR_MOVE = /\x1b\[[\d;]*[HfABEFGd]|\x1b[DEM]/g;
/** An escape sequence that may go on in the next chunk. */
const OPEN_ESCAPE = /\x1b(?:\[[0-?]*[ -/]*)?$/;
/** Line drawing: ACS (`lqqqk` between SO and SI) and Unicode boxes. */
const BOXES = /\x0e[^\x0f]*\x0f|[\u2500-\u257f]+/g;

/**
 * Turns what a guest writes to its serial console into lines a recogniser can read: escape sequences are taken
 * out, and a text that is drawn by moving the cursor (newt, slang) becomes one line for each piece.
 */
export class ConsoleText {
  #rest = '';
  #decoder = new TextDecoder('utf-8');

  /** The lines that are whole now. */
  push(chunk: Uint8Array | string): string[] {
    const text = typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk, { stream: true });
    const pieces = (this.#rest + text).replace(CURSOR_MOVE, '\n').split(/\r*\n|\r/);
    this.#rest = pieces.pop() ?? '';
    if (this.#rest.length > MAX_LINE && !OPEN_ESCAPE.test(this.#rest)) pieces.push(this.flushRest());
    return pieces.flatMap(clean);
  }

  /** What stands in an unfinished line (a prompt): call it when nothing has come for a second. */
  flush(): string[] {
    return OPEN_ESCAPE.test(this.#rest) ? [] : clean(this.flushRest());
  }

  private flushRest(): string {
    const rest = this.#rest;
    this.#rest = '';
    return rest;
  }
}

/** The lines in one whole piece of console output. */
export function consoleLines(text: string): string[] {
  return new ConsoleText().push(`${text}\n`);
}

function clean(piece: string): string[] {
  const text = plainText(piece.replace(BOXES, ' ')).trim();
  return text === '' ? [] : [text];
}
