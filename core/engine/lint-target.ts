import { lintServed } from '../answers/lint/lint.ts';
import { collectAnswers, renderAnswers } from '../answers/render.ts';
import type { Target } from '../build/target.ts';
import type { Problem } from '../model/failure.ts';
import { exampleVariables } from './plan-parts.ts';

/** What is wrong with the files that a build would serve, found before it starts: it would show only after half an hour. */
export async function lintTarget({ builder, recipe }: Target): Promise<Problem[]> {
  const files = await collectAnswers(builder.source, recipe.root);
  return lintServed(renderAnswers(files, exampleVariables(builder.source)), { diskMiB: builder.source.diskSizeMiB });
}
