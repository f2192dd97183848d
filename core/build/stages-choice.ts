/** What is done about a stage that failed. */
export type Choice =
  /** With `isReread`, recipe and answers are read again first. */
  | { kind: 'retry'; isReread: boolean }
  | { kind: 'rewind'; checkpoint: string }
  | { kind: 'go-on' }
  /** The build ends with the error; whether the machine is kept is said elsewhere. */
  | { kind: 'end' };

/** Somebody wants the machine back at a checkpoint: thrown through the guard into whatever waits. */
export class GoBack extends Error {
  constructor(readonly checkpoint: string) {
    super(`Back to ${checkpoint}.`);
    this.name = 'GoBack';
  }
}
