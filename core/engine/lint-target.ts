import { lintServed } from '../answers/lint/lint.ts';
import { renderAnswers } from '../answers/render.ts';
import { bootTexts } from '../build/steps/answers.ts';
import type { Target } from '../build/target.ts';
import { collectTarget } from '../build/target-answers.ts';
import type { Problem } from '../model/failure.ts';
import { exampleVariables } from './plan-parts.ts';

/** What is wrong with the files that a build would serve, found before it starts: it would show only after half an hour. */
export async function lintTarget(target: Target): Promise<Problem[]> {
  const files = await collectTarget(target);
  return lintAnswers(target, renderAnswers(files, exampleVariables(target.builder.source)));
}

/**
 * The same for answers that were rendered already. Only warnings: the installer has the last word on its answers. A
 * folder may hold the answers of many systems: where the boot command names some, those are this system's.
 */
export function lintAnswers(target: Target, served: ReadonlyMap<string, Buffer>): Problem[] {
  const typed = bootTexts({ target }).join('');
  const named = [...served].filter(([file]) => isNamed(file, typed));
  const problems = lintServed(named.length > 0 ? named : served, { diskMiB: target.builder.source.diskSizeMiB });
  return problems.map(problem => (problem.severity === 'error' ? { ...problem, severity: 'warning' } : problem));
}

/** What stands between our address and the path; waits may stand anywhere. */
const ADDRESS = /\{\{\s*\.HTTPPort\s*\}\}/g;
const START = '\0';

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Whether a boot command names a file, or a folder that it lies in, as cloud-init's seed is named. */
function isNamed(file: string, typed: string): boolean {
  const text = typed.replace(/<wait[^>]*>/gi, '').replace(ADDRESS, START);
  if (text.includes(START + file)) return true;
  const folder = file.replace(/[^/]*$/, '');
  return folder !== '/' && new RegExp(`${START}${escaped(folder)}(?![^\\s"';<])`).test(text);
}
