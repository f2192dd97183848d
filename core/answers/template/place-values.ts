import { GoldsmithError } from '../../model/failure.ts';
import { type AnswerKindName, kindOf } from '../kinds/kinds.ts';
import { escapeFor, type Spot } from './escape.ts';

/** Around each value while a template is rendered: characters for private use, which no answer file has. */
export const VALUE_START = '\uE000';
export const VALUE_END = '\uE001';

/**
 * Puts the values of a rendered template into its text, each escaped for where it stands: a directive, a script, between
 * quotes, in a list of packages, in YAML. No value can end its line or its word and begin something of its own.
 * @throws GoldsmithError `bad-answers` for a value that cannot stand there at all
 */
export function placeValues(name: string, marked: string): string {
  const kind = kindOfRendered(name, marked);
  let text = '';
  let rest = marked;
  for (;;) {
    const start = rest.indexOf(VALUE_START);
    if (start < 0) return text + rest;
    const end = rest.indexOf(VALUE_END, start);
    const value = rest.slice(start + 1, end).replaceAll(VALUE_START, '');
    text += rest.slice(0, start);
    rest = rest.slice(end + 1);
    text += escapedAt(spotOf(kind, name, text, rest), value);
  }
}

function escapedAt(spot: Spot, value: string): string {
  const escaped = escapeFor(spot, value);
  if (escaped !== undefined) return escaped;
  const line = spot.line;
  throw new GoldsmithError(
    'bad-answers',
    `The value ${JSON.stringify(value)} cannot stand in line ${line} of ${spot.file}.`,
    {
      hint: /[\r\n]/.test(value)
        ? 'It has a line end, which would begin another line.'
        : `It would not stay one value of ${spot.place}.`,
      details: { place: { file: spot.file, line } },
    },
  );
}

/** The kind of the file, as lint would take it; values count as plain words there. */
const kindOfRendered = (name: string, marked: string): AnswerKindName | undefined =>
  kindOf(name, marked.replaceAll(VALUE_START, '').replaceAll(VALUE_END, ''));

const YAML_KINDS: readonly (AnswerKindName | undefined)[] = ['autoinstall', 'user-data', 'meta-data', 'network-config'];

/** Where in the file a value stands, by the text before it and what follows in its line. */
function spotOf(kind: AnswerKindName | undefined, file: string, before: string, after: string): Spot {
  const lines = before.split('\n');
  const head = lines.at(-1) ?? '';
  const spot = { file, line: lines.length, quote: openQuote(head), head, tail: after.split('\n', 1)[0] ?? '' };
  if (kind === 'kickstart') return { ...spot, place: kickstartPlace(lines) };
  if (kind === 'preseed')
    return { ...spot, place: /_command\s+string\s/.test(logicalLine(lines)) ? 'script' : 'rest of a line' };
  if (YAML_KINDS.includes(kind)) return { ...spot, place: inBlockScalar(lines) ? 'script' : 'YAML' };
  if (kind === 'autoyast') return { ...spot, place: 'XML' };
  if (kind === 'freebsd') return { ...spot, place: 'script' };
  if (kind === 'openbsd') return { ...spot, place: 'rest of a line' };
  return { ...spot, place: otherPlace(file, before) };
}

/** Files that are no answer file of a kind, by their name and beginning. */
function otherPlace(file: string, before: string): Spot['place'] {
  if (/\.(sh|ksh|bash)$|(^|\/)installerconfig$/.test(file) || before.startsWith('#!'))
    return before.startsWith('#!ipxe') ? 'bare word' : 'script';
  if (/\.json$/.test(file)) return 'JSON';
  if (/\.ya?ml$/.test(file)) return inBlockScalar(before.split('\n')) ? 'script' : 'YAML';
  if (/\.xml$/.test(file) || before.trimStart().startsWith('<?xml')) return 'XML';
  return /\.(ipxe|cfg)$/.test(file) ? 'bare word' : 'rest of a line';
}

function kickstartPlace(lines: readonly string[]): Spot['place'] {
  for (const line of lines.slice(0, -1).toReversed()) {
    if (/^%end\b/.test(line)) return 'directive';
    if (/^%packages\b/.test(line)) return 'package';
    if (/^%(pre|post|pre-install|onerror|traceback)\b/.test(line)) return 'script';
  }
  return 'directive';
}

/** Lines of a preseed go on after a backslash. */
function logicalLine(lines: readonly string[]): string {
  let line = lines.at(-1) ?? '';
  for (const one of lines.slice(0, -1).toReversed()) {
    if (!one.endsWith('\\')) break;
    line = one.slice(0, -1) + line;
  }
  return line;
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** Below `key: |` or `- >`, everything that is indented more is text. */
function inBlockScalar(lines: readonly string[]): boolean {
  let indent = indentOf(lines.at(-1) ?? '');
  for (const line of lines.slice(0, -1).toReversed()) {
    if (line.trim() === '' || indentOf(line) >= indent) continue;
    if (/(^|[\s:-])[|>][+-]?\d?\s*(#.*)?$/.test(line)) return true;
    indent = indentOf(line);
  }
  return false;
}

/** The quotation mark that is open at the end of this part of a line. */
function openQuote(head: string): '' | '"' | "'" {
  let quote: '' | '"' | "'" = '';
  for (let at = 0; at < head.length; at++) {
    const character = head[at];
    if (character === '\\' && quote !== "'") at++;
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
  }
  return quote;
}
