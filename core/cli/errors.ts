import path from 'node:path';
import { STEPS } from '../model/event.ts';
import { FAILURES, type Failure, type FailureDetails, type Place, type Problem, toFailure } from '../model/failure.ts';
import { plainText } from '../model/plain-text.ts';
import type { Style } from './style.ts';

/** The process's exit status for anything thrown. */
export const exitStatusOf = (error: unknown): number => FAILURES[toFailure(error).code].exit;

/** A failure as a person reads it: message, place with its line and a mark, evidence, hint, code. */
export function formatFailure(failure: Failure, cwd: string, style: Style): string {
  const problems = problemsOf(failure.details);
  // A single problem is often the failure itself, in the same words.
  if (problems.length > 1 || problems.some(({ message }) => !failure.message.includes(message))) {
    const all = problems.map(problem => formatProblem(problem, cwd, style));
    return [...all, `${style.red('error:')} ${failure.message} ${style.dim(`(${failure.code})`)}`].join('\n\n');
  }
  const [problem] = problems;
  return [
    `${style.red('error:')} ${style.bold(plainText(failure.message))}`,
    ...placeLines(failure.details?.place ?? problem?.place, cwd, style),
    ...evidenceLines(failure.details, style),
    ...hintLines(failure.hint ?? problem?.hint, style),
    ...stepLines(failure.step, style),
    style.dim(`  code: ${failure.code}`),
  ].join('\n');
}

export function formatProblem(problem: Problem, cwd: string, style: Style): string {
  const paint = problem.severity === 'error' ? style.red : problem.severity === 'warning' ? style.yellow : style.cyan;
  return [
    `${paint(`${problem.severity}:`)} ${style.bold(plainText(problem.message))}`,
    ...placeLines(problem.place, cwd, style),
    ...hintLines(problem.hint, style),
  ].join('\n');
}

function stepLines(step: string | undefined, style: Style): string[] {
  if (step === undefined) return [];
  return [style.dim(`  step: ${(STEPS as Record<string, string>)[step] ?? step}`)];
}

function problemsOf(details: FailureDetails | undefined): Problem[] {
  const problems = details?.problems;
  return Array.isArray(problems) ? (problems as Problem[]) : [];
}

function placeLines(place: Place | undefined, cwd: string, style: Style): string[] {
  if (!place) return [];
  const { line, column, source } = place;
  const where = [shownPath(place.file, cwd), line, line === undefined ? undefined : column].filter(
    part => part !== undefined,
  );
  const head = `  at ${where.join(':')}`;
  if (source === undefined || line === undefined) return [head];
  const text = plainText(source);
  const gutter = String(line).padStart(5);
  const mark = column === undefined ? [] : [`${' '.repeat(5)} | ${' '.repeat(column - 1)}${style.red('^')}`];
  return [head, `${gutter} | ${text}`, ...mark];
}

/** A path as it is short: relative when it is at or below the working directory. */
export function shownPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}

function evidenceLines(details: FailureDetails | undefined, style: Style): string[] {
  const command = details?.command === undefined ? [] : [style.dim(`  command: ${details.command}`)];
  const last = (details?.lastLines ?? []).slice(-12).map(line => style.dim(`    ${plainText(line)}`));
  return [...command, ...(last.length > 0 ? [style.dim('  last lines:'), ...last] : [])];
}

const hintLines = (hint: string | undefined, style: Style): string[] =>
  hint ? [`  ${style.cyan('hint:')} ${hint}`] : [];
