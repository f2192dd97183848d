import { PIECE_BYTES, WINDOW_BYTES } from './wire.ts';

/**
 * The sending side of one stream: sends what the receiver has room for, keeps the rest, and says when to go on.
 * So a guest that prints without end fills at most one window on each side, and no memory.
 */
export class Outflow {
  #credit = WINDOW_BYTES;
  #waiting: Uint8Array[] = [];

  constructor(
    readonly send: (piece: Uint8Array) => void,
    readonly onDrain: () => void,
  ) {}

  /** False: the receiver is behind; give no more until `onDrain`. What was given is kept. */
  write(bytes: Uint8Array): boolean {
    this.#waiting.push(bytes);
    return this.#flush();
  }

  /** The receiver has taken so many bytes. */
  grant(bytes: number): void {
    const wasBehind = this.#waiting.length > 0;
    this.#credit = Math.min(WINDOW_BYTES, this.#credit + bytes);
    if (this.#flush() && wasBehind) this.onDrain();
  }

  get isBehind(): boolean {
    return this.#waiting.length > 0;
  }

  #flush(): boolean {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (this.#credit === 0) return false;
      const size = Math.min(first.length, this.#credit, PIECE_BYTES);
      this.send(first.subarray(0, size));
      this.#credit -= size;
      if (size === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(size);
    }
    return true;
  }
}
