import type { PlanStage } from '../model/stage.ts';
import type { Style } from './style.ts';

const SAYS: Record<PlanStage['state'], (stage: PlanStage) => string> = {
  cached: () => 'taken from an earlier build',
  changed: ({ changed }) => `done, since this changed: ${changed.join(', ')}`,
  old: () => 'done: what was kept of it is older than a week',
  damaged: () => 'done: what was kept of it is damaged',
  new: () => 'done: no build has done it, or what it left was removed or given up for space',
  after: () => 'done, after the one before it',
};

/** One line for each stage: whether a build does it, and why. */
export function stageLines(stages: PlanStage[], style: Style): string[] {
  const width = Math.max(0, ...stages.map(({ stage }) => stage.length));
  return stages.map(stage => {
    const mark = stage.state === 'cached' ? style.green(style.marks.ok) : style.cyan(style.marks.running);
    return `${mark} ${stage.stage.padEnd(width)}  ${SAYS[stage.state](stage)}`;
  });
}
