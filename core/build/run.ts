import type { BuildEvent, StepName } from '../model/event.ts';
import { GoldsmithError, toFailure } from '../model/failure.ts';
import type { Redactor } from '../model/redact.ts';
import type { Resource } from '../model/resource.ts';
import type { Journal } from './journal.ts';
import { release } from './release.ts';
import type { Scope } from './scope.ts';

interface Held {
  id: number;
  resource: Resource;
}

/**
 * One run of a list of steps. Whatever a step holds is given back, newest first, however the run ends:
 * success, failure, cancellation, and (through the journal) after a crash.
 */
export class Run implements Scope {
  readonly secrets: Redactor;
  #held: Held[] = [];
  #nextId = 0;
  #step: StepName | undefined;

  constructor(
    readonly journal: Journal,
    readonly signal: AbortSignal,
  ) {
    this.secrets = journal.secrets;
  }

  /** The step that runs, or ran last. */
  get currentStep(): StepName | undefined {
    return this.#step;
  }

  emit(event: BuildEvent): void {
    this.journal.append(event);
  }

  async step<T>(name: StepName, work: (scope: Scope) => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    this.#step = name;
    const startedAt = performance.now();
    this.emit({ type: 'step-started', step: name });
    const value = await work(this);
    this.signal.throwIfAborted();
    this.emit({ type: 'step-finished', step: name, ms: Math.round(performance.now() - startedAt) });
    return value;
  }

  async hold<T>(resource: Resource, acquire: () => Promise<T>): Promise<T> {
    const id = ++this.#nextId;
    this.emit({ type: 'acquiring', id, resource });
    this.#held.push({ id, resource });
    return acquire();
  }

  async release(resource: Resource): Promise<void> {
    const wanted = JSON.stringify(resource);
    const found = this.#held.filter(held => JSON.stringify(held.resource) === wanted);
    this.#held = this.#held.filter(held => !found.includes(held));
    for (const held of found.reverse()) await this.#giveBack(held);
  }

  /** Gives everything back, each on its own: one that fails does not stop the others. */
  async releaseAll(): Promise<void> {
    const held = this.#held.reverse();
    this.#held = [];
    for (const one of held) await this.#giveBack(one);
  }

  /** Leaves everything in place, for a person who wants to look; recovery gives it back later. */
  keepAll(): void {
    this.#held = [];
  }

  async #giveBack({ id, resource }: Held): Promise<void> {
    try {
      await release(resource);
      this.note({ type: 'released', id });
    } catch (error) {
      this.note({ type: 'release-failed', id, failure: toFailure(error) });
    }
  }

  /** Tells without failing: while giving things back, a full disk must not stop the giving back. */
  note(event: BuildEvent): void {
    try {
      this.emit(event);
    } catch {
      // The journal could not be written; recovery will find the intent and try again.
    }
  }
}

/** What happens when a run has failed and everything still stands: the time to save evidence and to ask. */
export type OnFailure = (error: unknown, run: Run) => Promise<'release' | 'keep'>;

/** Runs `work` and ends it properly. Rejects with what `work` rejected with, its secrets masked. */
export async function execute<T>(
  journal: Journal,
  signal: AbortSignal,
  work: (run: Run) => Promise<T>,
  onFailure: OnFailure = async () => 'release',
): Promise<T> {
  const run = new Run(journal, signal);
  try {
    const value = await work(run);
    await run.releaseAll();
    run.emit({ type: 'finished', outcome: 'ok' });
    return value;
  } catch (error) {
    const failure = toFailure(error, run.currentStep);
    const choice = signal.aborted ? 'release' : await onFailure(error, run).catch(() => 'release' as const);
    if (choice === 'keep') run.keepAll();
    else await run.releaseAll();
    run.note({ type: 'finished', outcome: signal.aborted ? 'cancelled' : 'failed', failure });
    throw masked(error, run.secrets);
  }
}

/** What a person is shown of an error is masked as every event is: it may quote a guest's log or a program's output. */
function masked(error: unknown, secrets: Redactor): unknown {
  if (!(error instanceof Error) || error instanceof DOMException) return error; // an abort quotes nobody
  const { message, stack, cause } = error;
  const shown =
    error instanceof GoldsmithError
      ? new GoldsmithError(error.code, secrets.mask(message), {
          hint: error.hint === undefined ? undefined : secrets.mask(error.hint),
          details: secrets.maskDeep(error.details),
        })
      : error;
  shown.message = secrets.mask(message);
  if (stack !== undefined) shown.stack = secrets.mask(stack);
  if (cause !== undefined) shown.cause = masked(cause, secrets);
  return shown;
}
