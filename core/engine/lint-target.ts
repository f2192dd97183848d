import { lintServed } from '../answers/lint/lint.ts';
import { renderAnswers } from '../answers/render.ts';
import type { Target } from '../build/target.ts';
import { collectTarget } from '../build/target-answers.ts';
import type { Problem } from '../model/failure.ts';
import { exampleVariables } from './plan-parts.ts';

/** What is wrong with the files that a build would serve, found before it starts: it would show only after half an hour. */
export async function lintTarget(target: Target): Promise<Problem[]> {
  const { source } = target.builder;
  const files = await collectTarget(target);
  return lintServed(renderAnswers(files, exampleVariables(source)), { diskMiB: source.diskSizeMiB });
}
