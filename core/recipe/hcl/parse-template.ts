import type { SourceText } from '../source-text.ts';
import type { Expression, TemplatePart } from './ast.ts';
import { lexTemplate, type Token } from './lexer.ts';
import { TokenReader } from './token-reader.ts';
import { textValue } from './value.ts';

/** Templates (HCL specification, "Templates"): first a flat list, in which spaces are trimmed, then a tree. */
type Piece =
  | { kind: 'text'; text: string; at: number }
  | { kind: 'value'; value: Expression; at: number }
  | { kind: 'if'; condition: Expression; at: number }
  | { kind: 'for'; keyName: string | undefined; valueName: string; collection: Expression; at: number }
  | { kind: 'else' | 'endif' | 'endfor'; at: number };

/** Templates and expressions hold each other; the parser of expressions comes in as a parameter. */
export type ParseExpression = (reader: TokenReader) => Expression;

/** Parses a whole text as a template, as `templatefile` does. */
export function parseWholeTemplate(source: SourceText, parse: ParseExpression): Expression {
  const reader = new TokenReader(source, lexTemplate(source));
  const pieces = readPieces(reader, parse, 'end', false);
  return finish(reader, pieces, 0, source.text.length);
}

export function parseQuoted(reader: TokenReader, parse: ParseExpression): Expression {
  const start = reader.next().start;
  const pieces = readPieces(reader, parse, 'close-quote', true);
  return finish(reader, pieces, start, reader.next().end);
}

export function parseHeredoc(reader: TokenReader, parse: ParseExpression): Expression {
  const opener = reader.next();
  const pieces = readPieces(reader, parse, 'close-heredoc', false);
  if (opener.text.startsWith('-')) removeIndentation(pieces);
  return finish(reader, pieces, opener.start, reader.next().end);
}

function finish(reader: TokenReader, pieces: Piece[], start: number, end: number): Expression {
  const parts = buildTree(reader, pieces, start);
  const located = { start, end, source: reader.source };
  const [only] = parts;
  if (parts.length === 0) return { kind: 'literal', value: textValue(''), ...located };
  if (parts.length === 1 && only?.kind === 'text') return { kind: 'literal', value: textValue(only.text), ...located };
  if (parts.length === 1 && only?.kind === 'value') return { kind: 'wrapped', inner: only.value, ...located };
  return { kind: 'template', parts, ...located };
}

function readPieces(reader: TokenReader, parse: ParseExpression, end: Token['type'], isQuoted: boolean): Piece[] {
  const pieces: Piece[] = [];
  let isTrimming = false;
  while (!reader.is(end)) {
    const token = reader.next();
    if (token.type === 'literal') {
      const text = isQuoted ? plainText(reader.source, token) : unescapedSequences(token.text);
      pieces.push({ kind: 'text', text: isTrimming ? text.trimStart() : text, at: token.start });
      isTrimming = false;
      continue;
    }
    if (token.text.endsWith('~')) trimLast(pieces, isTrimming);
    pieces.push(reader.within(false, () => readSequence(reader, parse, token)));
    if (!reader.is('close-sequence')) {
      throw reader.fail(
        `Expected "}" to close the template sequence, but found ${reader.found()}.`,
        'If "${" or "%{" is meant as text, write "$${" or "%%{".',
      );
    }
    isTrimming = reader.next().text === '~}';
  }
  return pieces;
}

/** `${~` takes away the spaces of the text before it, if text stands there. */
function trimLast(pieces: Piece[], isSequenceBefore: boolean): void {
  const last = pieces.at(-1);
  if (!isSequenceBefore && last?.kind === 'text') last.text = last.text.trimEnd();
}

function readSequence(reader: TokenReader, parse: ParseExpression, opener: Token): Piece {
  const at = opener.start;
  if (opener.type === 'interpolation') return { kind: 'value', value: parse(reader), at };
  const keyword = reader.expectName('after "%{"');
  if (keyword.text === 'if') return { kind: 'if', condition: parse(reader), at };
  if (keyword.text === 'for') return readFor(reader, parse, at);
  if (keyword.text === 'else' || keyword.text === 'endif' || keyword.text === 'endfor')
    return { kind: keyword.text, at };
  throw reader.fail(
    `"${keyword.text}" is no template directive.`,
    'Known: if, else, endif, for, endfor.',
    keyword.start,
  );
}

function readFor(reader: TokenReader, parse: ParseExpression, at: number): Piece {
  const first = reader.expectName('after "for"').text;
  const second = reader.take(',') ? reader.expectName('after ","').text : undefined;
  if (!reader.is('ident', 'in')) throw reader.fail(`Expected "in", but found ${reader.found()}.`);
  reader.next();
  const names = { keyName: second === undefined ? undefined : first, valueName: second ?? first };
  return { kind: 'for', ...names, collection: parse(reader), at };
}

function buildTree(reader: TokenReader, pieces: Piece[], start: number): TemplatePart[] {
  const cursor = { index: 0 };
  const parts = readUntil(reader, pieces, cursor, []);
  const stray = pieces[cursor.index];
  if (stray) throw reader.fail(`"${stray.kind}" without its beginning.`, undefined, stray.at ?? start);
  return parts;
}

function readUntil(
  reader: TokenReader,
  pieces: Piece[],
  cursor: { index: number },
  ends: Piece['kind'][],
): TemplatePart[] {
  const parts: TemplatePart[] = [];
  for (let piece = pieces[cursor.index]; piece; piece = pieces[cursor.index]) {
    if (ends.includes(piece.kind) || piece.kind === 'else' || piece.kind === 'endif' || piece.kind === 'endfor') break;
    cursor.index += 1;
    if (piece.kind === 'if') parts.push(reader.nested(() => readIf(reader, pieces, cursor, piece)));
    else if (piece.kind === 'for') parts.push(reader.nested(() => readLoop(reader, pieces, cursor, piece)));
    else if (piece.kind === 'value') parts.push({ kind: 'value', value: piece.value });
    else if (piece.kind === 'text') appendText(parts, piece.text);
  }
  return parts;
}

function appendText(parts: TemplatePart[], text: string): void {
  const last = parts.at(-1);
  if (last?.kind === 'text') last.text += text;
  else if (text !== '') parts.push({ kind: 'text', text });
}

function readIf(
  reader: TokenReader,
  pieces: Piece[],
  cursor: { index: number },
  head: Piece & { kind: 'if' },
): TemplatePart {
  const whenTrue = readUntil(reader, pieces, cursor, ['else', 'endif']);
  let whenFalse: TemplatePart[] = [];
  if (pieces[cursor.index]?.kind === 'else') {
    cursor.index += 1;
    whenFalse = readUntil(reader, pieces, cursor, ['endif']);
  }
  closePart(reader, pieces, cursor, 'endif', head.at);
  return { kind: 'if', condition: head.condition, whenTrue, whenFalse };
}

function readLoop(
  reader: TokenReader,
  pieces: Piece[],
  cursor: { index: number },
  head: Piece & { kind: 'for' },
): TemplatePart {
  const parts = readUntil(reader, pieces, cursor, ['endfor']);
  closePart(reader, pieces, cursor, 'endfor', head.at);
  return { kind: 'for', keyName: head.keyName, valueName: head.valueName, collection: head.collection, parts };
}

function closePart(
  reader: TokenReader,
  pieces: Piece[],
  cursor: { index: number },
  end: 'endif' | 'endfor',
  from: number,
): void {
  if (pieces[cursor.index]?.kind !== end)
    throw reader.fail(`This directive is not closed by "%{ ${end} }".`, undefined, from);
  cursor.index += 1;
}

/** `<<-`: the smallest indentation of the lines is taken away from all; blank lines do not count. */
function removeIndentation(pieces: Piece[]): void {
  const lineStarts: (Piece & { kind: 'text' })[] = [];
  let smallest = Number.POSITIVE_INFINITY;
  let isLineStart = true;
  for (const piece of pieces) {
    if (isLineStart && piece.kind !== 'text') smallest = 0;
    if (isLineStart && piece.kind === 'text') {
      const trimmed = piece.text.trimStart();
      if (trimmed !== '' || !piece.text.endsWith('\n')) {
        smallest = Math.min(smallest, piece.text.length - trimmed.length);
        lineStarts.push(piece);
      }
    }
    isLineStart = piece.kind === 'text' && piece.text.endsWith('\n');
  }
  for (const piece of lineStarts) piece.text = piece.text.slice(smallest);
}

const unescapedSequences = (raw: string): string => raw.replace(/\$\$\{/g, '${').replace(/%%\{/g, '%{');

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };
const ESCAPE = /\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S]?)|\$\$\{|%%\{/g;

/** The text of a literal inside quotes, its escapes resolved. */
export function plainText(source: SourceText, token: Token): string {
  return token.text.replace(ESCAPE, (match, code: string | undefined, offset: number) => {
    if (match === '$${' || match === '%%{') return match.slice(1);
    const simple = ESCAPES[code ?? ''];
    if (simple !== undefined) return simple;
    const point = /^[uU]./.test(code ?? '') ? Number.parseInt((code ?? '').slice(1), 16) : Number.NaN;
    if (point <= 0x10ffff) return String.fromCodePoint(point);
    throw source.fail(
      token.start + offset,
      `The escape ${JSON.stringify(match)} means nothing in a string.`,
      'Known: \\n \\r \\t \\" \\\\ \\uNNNN \\UNNNNNNNN; write "\\\\" for a backslash.',
    );
  });
}
