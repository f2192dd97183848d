import { WINDOW_BYTES } from './wire.ts';

/** So much is taken before the sender is told: a message for each piece costs more than the piece. */
const TOLD_BYTES = WINDOW_BYTES / 4;

/** The receiving side of one stream: gives room back to its sender, while most of the window is still open. */
export class Inflow {
  #taken = 0;

  /** @param grant tells the sender that it may send so many bytes more */
  constructor(readonly grant: (bytes: number) => void) {}

  /** So many bytes were used up and wait no more. */
  took(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < TOLD_BYTES) return;
    this.grant(this.#taken);
    this.#taken = 0;
  }
}
