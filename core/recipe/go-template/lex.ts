import { GoldsmithError } from '../../model/failure.ts';
import type { GoValue } from './ast.ts';

/** Text, or the inside of `{{ }}` cut into tokens. */
export type Piece = { kind: 'text'; text: string } | { kind: 'action'; tokens: ActionToken[] };

export type ActionToken =
  | { kind: 'constant'; text: string; value: GoValue }
  | { kind: 'field'; text: string /** No space before it. */; isGlued: boolean }
  | { kind: 'variable' | 'name' | 'pipe' | 'open' | 'close' | 'assign'; text: string };

const bad = (message: string, hint?: string): GoldsmithError => new GoldsmithError('bad-recipe', message, { hint });

/** Cuts a template at its `{{ }}`; `{{-` and `-}}` take the spaces beside them away. */
export function cutTemplate(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let isTrimming = false;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    const isTrimmedBefore = open >= 0 && /^-[ \t\r\n]/.test(text.slice(open + 2, open + 4));
    const raw = text.slice(at, open < 0 ? text.length : open);
    const left = isTrimming ? raw.trimStart() : raw;
    pushText(pieces, isTrimmedBefore ? left.trimEnd() : left);
    if (open < 0) break;
    const action = cutAction(text, open + (isTrimmedBefore ? 3 : 2));
    if (action.tokens.length > 0) pieces.push({ kind: 'action', tokens: action.tokens });
    at = action.end;
    isTrimming = action.isTrimmedAfter;
  }
  return pieces;
}

function pushText(pieces: Piece[], text: string): void {
  if (text !== '') pieces.push({ kind: 'text', text });
}

const COMMENT = /\s*\/\*[\s\S]*?\*\/(?:\s+-)?\}\}/y;
const SPACE = /\s+/y;
const CLOSER = /(\s+-)?\}\}/y;

/** The order matters: longer ones first. */
const TOKENS: [RegExp, (text: string, isGlued: boolean) => ActionToken][] = [
  [/"(?:[^"\\\n]|\\.)*"/y, text => ({ kind: 'constant', text, value: unquoted(text) })],
  [/`[^`]*`/y, text => ({ kind: 'constant', text, value: text.slice(1, -1).replaceAll('\r', '') })],
  [
    /'(?:[^'\\\n]|\\.)+'/y,
    text => ({ kind: 'constant', text, value: unquoted(`"${text.slice(1, -1)}"`).codePointAt(0) ?? 0 }),
  ],
  [
    /[+-]?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/y,
    text => ({ kind: 'constant', text, value: Number(text) }),
  ],
  [/:?=/y, text => ({ kind: 'assign', text })],
  [/\|/y, text => ({ kind: 'pipe', text })],
  [/\(/y, text => ({ kind: 'open', text })],
  [/\)/y, text => ({ kind: 'close', text })],
  [/(?:\.[\p{L}_][\p{L}\p{N}_]*)+|\./uy, (text, isGlued) => ({ kind: 'field', text, isGlued })],
  [/\$[\p{L}\p{N}_]*/uy, text => ({ kind: 'variable', text })],
  [/[\p{L}_][\p{L}\p{N}_]*/uy, text => nameToken(text)],
];

const WORDS = new Map<string, GoValue>([
  ['true', true],
  ['false', false],
  ['nil', null],
]);

function nameToken(text: string): ActionToken {
  const value = WORDS.get(text);
  return value === undefined ? { kind: 'name', text } : { kind: 'constant', text, value };
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function cutAction(text: string, start: number): { tokens: ActionToken[]; end: number; isTrimmedAfter: boolean } {
  const comment = matchAt(COMMENT, text, start);
  if (comment) return { tokens: [], end: start + comment.length, isTrimmedAfter: comment.endsWith('-}}') };
  const tokens: ActionToken[] = [];
  let at = start;
  let isGlued = false;
  for (;;) {
    const closer = matchAt(CLOSER, text, at);
    if (closer !== undefined) return finish(tokens, at + closer.length, closer);
    const space = matchAt(SPACE, text, at);
    if (space === undefined) {
      const token = tokenAt(text, at, isGlued);
      tokens.push(token);
      at += token.text.length;
    } else at += space.length;
    isGlued = space === undefined;
  }
}

function finish(tokens: ActionToken[], end: number, closer: string): ReturnType<typeof cutAction> {
  if (tokens.length === 0) throw bad('"{{ }}" is empty.', DOUBLE_BRACES);
  return { tokens, end, isTrimmedAfter: closer.includes('-') };
}

const DOUBLE_BRACES = 'Packer renders "{{ }}" itself; write {{ "{{" }} for two braces that are meant as text.';

function tokenAt(text: string, at: number, isGlued: boolean): ActionToken {
  for (const [pattern, make] of TOKENS) {
    const match = matchAt(pattern, text, at);
    if (match !== undefined) return make(match, isGlued);
  }
  if (at >= text.length) throw bad('"{{" is not closed by "}}".', DOUBLE_BRACES);
  throw bad(
    `${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))} means nothing in "{{ }}".`,
    DOUBLE_BRACES,
  );
}

const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** Go's interpreted strings. */
function unquoted(literal: string): string {
  return literal
    .slice(1, -1)
    .replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[\s\S])/g, (raw, code: string) => {
      const simple = ESCAPES[code];
      if (simple !== undefined) return simple;
      const point = /^[xuU]/.test(code) ? Number.parseInt(code.slice(1), 16) : Number.parseInt(code, 8);
      if (code.length > 1 && point <= 0x10ffff) return String.fromCodePoint(point);
      throw bad(`The escape ${raw} means nothing in a string.`);
    });
}
