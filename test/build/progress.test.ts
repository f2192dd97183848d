import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BuildEvent } from '../../core/model/event.ts';
import { percentOf, progressOf } from '../../core/progress.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

it('tells the first, some on the way, and the last', () => {
  const told: BuildEvent[] = [];
  const tell = progressOf({ emit: event => told.push(event) }, 'copy');
  for (let done = 0; done <= 1000; done++) {
    tell(done, 1000);
    vi.advanceTimersByTime(1);
  }
  expect(told.map(event => 'done' in event && event.done)).toEqual([0, 250, 500, 750, 1000]);
});

it('knows no end, or a fraction', () => {
  const told: BuildEvent[] = [];
  progressOf({ emit: event => told.push(event) }, 'download')(5);
  percentOf({ emit: event => told.push(event) }, 'disk')(0.123);
  expect(told).toEqual([
    { type: 'progress', what: 'download', done: 5, unit: 'bytes' },
    { type: 'progress', what: 'disk', done: 12, total: 100, unit: 'percent' },
  ]);
});
