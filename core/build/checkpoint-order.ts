/**
 * What of a build's moments waits for what. The machine passes one after the other; what it left of them is kept in the
 * same order, while it comes to the next: who asked for a moment gets that one, not the one a second later.
 */
export class MomentOrder {
  #passing: Promise<unknown> = Promise.resolve();
  #keeping: Promise<unknown> = Promise.resolve();

  /** The machine passes a moment. */
  pass<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#passing.then(work);
    this.#passing = mine.catch(() => undefined);
    return mine;
  }

  /** What a moment left is kept. */
  keep<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#keeping.then(work);
    this.#keeping = mine.catch(() => undefined);
    return mine;
  }

  /** Nothing is saved meanwhile: what was passed before is kept, and no moment is passed. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.pass(() => this.#keeping.then(work));
  }
}
