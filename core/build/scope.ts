import type { BuildEvent } from '../model/event.ts';
import type { Redactor } from '../model/redact.ts';
import type { Resource } from '../model/resource.ts';

/**
 * What a step is given: cancellation, a way to tell, a way to hold, and the build's secrets.
 * Anything that outlives the step's memory is taken through `hold`.
 */
export interface Scope {
  /** The one way to cancel. Every wait in a step ends when it fires. */
  readonly signal: AbortSignal;
  /** Values that must never be shown; `emit` masks them in every event. */
  readonly secrets: Redactor;
  /** Tells what happens. Masked, stamped and journalled. */
  emit(event: BuildEvent): void;
  /** Journals the intent, then acquires. Whatever happens next, the resource is given back at the end of the run. */
  hold<T>(resource: Resource, acquire: () => Promise<T>): Promise<T>;
  /** Gives one held resource back early (a VM that was powered off, a server no longer needed). */
  release(resource: Resource): Promise<void>;
}
