import { expect, it } from 'vitest';
import type { StepName } from '../../core/model/event.ts';
import type { StepState } from '../../core/model/fold.ts';
import type { BuildSummary } from '../../electron/ipc/contract.ts';
import { estimateOf, remainingMs } from '../../renderer/state/estimate.ts';

const AT = '2026-11-20T10:00:00.000Z';

const done = (name: StepName, ms: number): StepState => ({ name, state: 'ok', startedAt: AT, ms });
const running = (name: StepName): StepState => ({ name, state: 'running', startedAt: AT });

const build = (outcome: BuildSummary['outcome'], ...steps: StepState[]): BuildSummary =>
  ({ image: 'web', outcome, steps }) as BuildSummary;

const WHOLE = build(
  'ok',
  done('source', 5000),
  done('install', 600_000),
  done('provision', 40_000),
  done('test', 9000),
);
const SLOWER = build(
  'ok',
  done('source', 7000),
  done('install', 900_000),
  done('provision', 50_000),
  done('test', 9000),
);
const FROM_CACHE = build('ok', done('source', 1000), done('provision', 30_000), done('test', 9000));
const later = (ms: number): number => Date.parse(AT) + ms;

it('is the median of the good builds of the image, step by step', () => {
  const others = [
    { ...WHOLE, image: 'db' },
    build('failed', done('install', 1)),
    build('cancelled', done('install', 2)),
  ];
  const estimate = estimateOf('web', [...others, WHOLE, SLOWER, { ...SLOWER, steps: [done('install', 700_000)] }]);
  expect(estimate?.stepMs.install).toBe(700_000);
  expect(estimate?.builds).toBe(3);
  expect(estimateOf('web', others)).toBeUndefined();
});

it('is what the step that runs still has, and everything behind it', () => {
  const estimate = estimateOf('web', [WHOLE]);
  if (!estimate) throw new Error('no estimate');
  const now = build('running', done('source', 5000), running('install'));
  expect(remainingMs(now, estimate, later(100_000))).toBe(500_000 + 40_000 + 9000);
  expect(remainingMs(now, estimate, later(800_000))).toBe(40_000 + 9000);
  expect(remainingMs(build('running'), estimate, later(0))).toBe(estimate.totalMs);
});

it('counts again what a retry does again', () => {
  const estimate = estimateOf('web', [WHOLE]);
  if (!estimate) throw new Error('no estimate');
  const failed: StepState = { ...done('install', 1000), state: 'failed' };
  const now = build('running', done('source', 5000), failed, running('source'));
  expect(remainingMs(now, estimate, later(1000))).toBe(4000 + 600_000 + 40_000 + 9000);
});

it('does not wait for an installation that was taken from an earlier build', () => {
  const estimate = estimateOf('web', [FROM_CACHE, WHOLE, SLOWER]);
  if (!estimate) throw new Error('no estimate');
  expect(estimate.stepMs.install).toBe(900_000);
  const now = build('running', done('source', 1000), running('provision'));
  expect(remainingMs(now, estimate, later(10_000))).toBe(30_000 + 9000);
});
