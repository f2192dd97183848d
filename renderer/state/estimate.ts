import { STEPS, type StepName } from '../../core/model/event.ts';
import { formatMs } from '../../core/model/quantity.ts';
import type { BuildSummary } from '../../electron/ipc/contract.ts';

/** How many earlier builds an estimate is made from. */
const SAMPLE = 5;

export interface Estimate {
  /** What each step took, as the median of the earlier builds. */
  stepMs: Partial<Record<StepName, number>>;
  totalMs: number;
  builds: number;
}

/** From the last good builds of the same image; undefined when there is none to learn from. */
export function estimateOf(image: string, builds: BuildSummary[]): Estimate | undefined {
  const good = builds.filter(build => build.image === image && build.outcome === 'ok').slice(0, SAMPLE);
  if (good.length === 0) return undefined;
  const names = [...new Set(good.flatMap(({ steps }) => steps.map(({ name }) => name)))];
  const stepMs: Estimate['stepMs'] = {};
  for (const name of names) stepMs[name] = median(good.flatMap(({ steps }) => msOf(steps, name)));
  return { stepMs, totalMs: Object.values(stepMs).reduce((sum, ms) => sum + ms, 0), builds: good.length };
}

const msOf = (steps: BuildSummary['steps'], name: StepName): number[] =>
  steps.flatMap(step => (step.name === name && step.ms !== undefined ? [step.ms] : []));

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** What is left, in words; an estimate that is used up says so. */
export const leftText = (leftMs: number): string =>
  leftMs === 0 ? 'takes longer than usual' : `about ${formatMs(leftMs)} left`;

const ORDER = Object.keys(STEPS) as StepName[];

/**
 * What is left, never below zero: the step that runs by what it still has, those behind it as they were. A step before
 * it that was not done comes no more: it was taken from an earlier build.
 */
export function remainingMs({ steps }: Pick<BuildSummary, 'steps'>, { stepMs }: Estimate, now: number): number {
  const current = steps.findLast(({ state }) => state === 'running');
  const left = current ? Math.max(0, (stepMs[current.name] ?? 0) - (now - Date.parse(current.startedAt))) : 0;
  const last = steps.at(-1);
  return ORDER.slice(last ? ORDER.indexOf(last.name) + 1 : 0).reduce((sum, name) => sum + (stepMs[name] ?? 0), left);
}
