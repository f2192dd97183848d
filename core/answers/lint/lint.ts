import type { Problem } from '../../model/failure.ts';
import { ANSWER_KINDS, type AnswerKind, type AnswerKindName, kindOf } from '../kinds/kinds.ts';

export interface LintResult {
  file: string;
  /** Undefined: no answer file that we know; it was not looked at. */
  kind: AnswerKindName | undefined;
  problems: Problem[];
}

/** Larger answers are none: an installer holds them in memory. */
const LARGEST = 2 * 1024 * 1024;

/** Checks one answer file, of the kind it looks like or the given one. */
export function lintAnswer(
  file: string,
  content: Buffer,
  options: { kind?: AnswerKindName; version?: string; diskMiB?: number } = {},
): LintResult {
  if (content.length > LARGEST || content.includes(0)) return { file, kind: undefined, problems: [] };
  const text = content.toString('utf8');
  const kind = options.kind ?? kindOf(file, text);
  if (kind === undefined) return { file, kind, problems: [] };
  const { kind: _, ...rest } = options;
  const rules: AnswerKind = ANSWER_KINDS[kind];
  return { file, kind, problems: rules.lint(text, { file, ...rest }) };
}

/** What is wrong with the files that a recipe serves. */
export const lintServed = (files: Iterable<readonly [string, Buffer]>, options: { diskMiB?: number } = {}): Problem[] =>
  [...files].flatMap(([file, content]) => lintAnswer(file, content, options).problems);
