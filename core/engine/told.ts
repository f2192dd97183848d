import type { Watch } from '../model/engine.ts';
import type { BuildEvent, Stamped } from '../model/event.ts';

/** What a call without a build tells, numbered and dated. */
export function scopeOf(watch: Watch): { signal: AbortSignal; emit: (event: BuildEvent) => void } {
  let seq = 0;
  const emit = (event: BuildEvent): void =>
    watch.onEvent({ ...event, seq: ++seq, at: new Date().toISOString() } as Stamped);
  return { signal: watch.signal, emit };
}
