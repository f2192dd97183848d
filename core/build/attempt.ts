import type { BuildEvent } from '../model/event.ts';
import type { Redactor } from '../model/redact.ts';
import type { Resource } from '../model/resource.ts';
import type { Scope } from './scope.ts';

/**
 * One try at a stage of a build. When it is given up (the stage failed, or the machine goes back), everything that
 * still waits in it ends, while the build goes on.
 */
export class Attempt implements Scope {
  readonly signal: AbortSignal;
  readonly #over = new AbortController();

  constructor(readonly within: Scope) {
    this.signal = AbortSignal.any([within.signal, this.#over.signal]);
  }

  get secrets(): Redactor {
    return this.within.secrets;
  }

  emit(event: BuildEvent): void {
    if (!this.#over.signal.aborted) this.within.emit(event);
  }

  hold<T>(resource: Resource, acquire: () => Promise<T>): Promise<T> {
    return this.within.hold(resource, acquire);
  }

  release(resource: Resource): Promise<void> {
    return this.within.release(resource);
  }

  giveUp(reason: unknown): void {
    this.#over.abort(reason);
  }
}
