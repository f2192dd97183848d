import { styleText } from 'node:util';
import type { Failure, Place, Problem } from '../model/failure.ts';

const isColoured = (): boolean => process.stderr.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
  isColoured() ? styleText(style, text) : text;

/** A failure for a person: what, where with the line itself, the evidence, and what to do. Never a stack trace. */
export function failureText(failure: Failure): string {
  const { code, message, hint, details } = failure;
  const problems = (details?.problems as Problem[] | undefined) ?? [];
  const parts = [
    `${paint('red', 'error')}: ${message}`,
    ...(problems.length > 1 ? problems.map(problemText) : placeLines(details?.place ?? problems[0]?.place)),
    ...(details?.lastLines ?? []).slice(-10).map(line => paint('dim', `  | ${line}`)),
    ...(hint ? [`${paint('cyan', 'hint')}: ${hint}`] : []),
    paint('dim', `(${code})`),
  ];
  return parts.join('\n');
}

/** One of several problems, with its place. */
export function problemText({ severity, message, hint, place }: Problem): string {
  const lines = [`  ${severity}: ${message}`, ...placeLines(place), ...(hint ? [`    hint: ${hint}`] : [])];
  return lines.join('\n');
}

/** `file:line:column`, the line, and a caret under the column. */
function placeLines(place: Place | undefined): string[] {
  if (!place) return [];
  const position = [place.file, place.line, place.column].filter(part => part !== undefined).join(':');
  if (place.source === undefined || place.column === undefined) return [`  at ${position}`];
  const caret = place.source.slice(0, place.column - 1).replace(/[^\t]/g, ' ');
  return [`  at ${position}`, `    ${place.source}`, `    ${caret}^`];
}
