import { StringDecoder } from 'node:string_decoder';

const LONGEST_LINE = 16 * 1024;

/** Terminal control: CSI sequences, OSC strings, other escapes, and control characters but the tab. */
const CONTROL =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * A line as it may be shown and stored: what a carriage return had overwritten is dropped (progress bars), and so is
 * everything a terminal would obey.
 */
export function plainLine(raw: string): string {
  const line = raw.replace(/\r+$/, '');
  return line.slice(line.lastIndexOf('\r') + 1).replace(CONTROL, '');
}

/**
 * Cuts a stream of bytes into plain lines. Memory stays bounded: what a line has beyond 16 KiB is dropped, and the line
 * says so.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #use: (line: string) => void;
  #rest = '';
  #isCut = false;

  constructor(use: (line: string) => void) {
    this.#use = use;
  }

  write(chunk: Buffer): void {
    const pieces = this.#decoder.write(chunk).split('\n');
    const last = pieces.pop() ?? '';
    for (const piece of pieces) {
      this.#append(piece);
      this.#flush();
    }
    this.#append(last);
  }

  /** A last line without an end counts as a line. */
  end(): void {
    this.#append(this.#decoder.end());
    if (this.#rest !== '') this.#flush();
  }

  #append(text: string): void {
    if (text === '') return;
    const joined = this.#rest + text;
    const restart = joined.length > LONGEST_LINE ? joined.lastIndexOf('\r', joined.length - 2) + 1 : 0;
    const line = joined.slice(restart);
    this.#isCut = line.length > LONGEST_LINE || (this.#isCut && restart === 0);
    this.#rest = line.slice(0, LONGEST_LINE);
  }

  #flush(): void {
    const line = plainLine(this.#rest);
    this.#use(this.#isCut ? `${line} [line cut]` : line);
    this.#rest = '';
    this.#isCut = false;
  }
}
