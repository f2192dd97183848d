import type { BuildEvent } from './model/event.ts';

type Unit = Extract<BuildEvent, { type: 'progress' }>['unit'];

interface Told {
  emit(event: BuildEvent): void;
}

/** At least as often as a person sees it move; seldom enough for a journal that keeps each. */
const EVERY_MS = 250;

/** Tells how far something is, at most four times a second, and at its end. */
export function progressOf(told: Told, what: string, unit: Unit = 'bytes'): (done: number, total?: number) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const now = performance.now();
    if (done !== total && now - toldAt < EVERY_MS) return;
    toldAt = now;
    told.emit({ type: 'progress', what, done, ...(total === undefined ? {} : { total }), unit });
  };
}

/** The same for who knows a fraction of one. */
export function percentOf(told: Told, what: string): (fraction: number) => void {
  const tell = progressOf(told, what, 'percent');
  return fraction => tell(Math.round(fraction * 100), 100);
}
