import type { Expression, ExpressionKind, ExpressionOf, Step } from './ast.ts';
import type { Token } from './lexer.ts';
import { parseNumber } from './numbers.ts';
import { parseHeredoc, parseQuoted } from './parse-template.ts';
import type { TokenReader } from './token-reader.ts';
import { FALSE, NULL, numberValue, TRUE, textValue, type Value } from './value.ts';

/** Binary operators from the loosest to the tightest. */
const BINARY_LEVELS = [['||'], ['&&'], ['==', '!='], ['<', '>', '<=', '>='], ['+', '-'], ['*', '/', '%']];
const KEYWORDS = new Map<string, Value>([
  ['true', TRUE],
  ['false', FALSE],
  ['null', NULL],
]);

type Fields<K extends ExpressionKind> = Omit<ExpressionOf<K>, 'kind' | 'start' | 'end' | 'source'>;

function node<K extends ExpressionKind>(
  reader: TokenReader,
  start: number,
  end: number,
  kind: K,
  fields: Fields<K>,
): Expression {
  return { kind, ...fields, start, end, source: reader.source } as unknown as Expression;
}

/** Parses one expression (HCL specification, "Expressions"). */
export function parseExpression(reader: TokenReader): Expression {
  return reader.nested(() => {
    const condition = parseBinary(reader, 0);
    if (!reader.take('?')) return condition;
    const whenTrue = parseExpression(reader);
    reader.expect(':', 'between the two results of the condition');
    const whenFalse = parseExpression(reader);
    return node(reader, condition.start, whenFalse.end, 'conditional', { condition, whenTrue, whenFalse });
  });
}

function parseBinary(reader: TokenReader, level: number): Expression {
  const operators = BINARY_LEVELS[level];
  if (!operators) return parseUnary(reader);
  let left = parseBinary(reader, level + 1);
  for (let length = 0; ; length++) {
    const token = reader.peek();
    if (token.type !== 'punctuation' || !operators.includes(token.text)) return left;
    if (length > LONGEST_CHAIN) throw reader.fail('This expression is too long.');
    reader.next();
    const right = parseBinary(reader, level + 1);
    left = node(reader, left.start, right.end, 'binary', { operator: token.text, left, right });
  }
}

/** Each link of a chain is one level of the tree, which is evaluated by recursion. */
const LONGEST_CHAIN = 300;

function parseUnary(reader: TokenReader): Expression {
  const operator = reader.take('-') ?? reader.take('!');
  if (!operator) return parsePostfix(reader, parseTerm(reader));
  const operand = reader.nested(() => parseUnary(reader));
  return node(reader, operator.start, operand.end, 'unary', { operator: operator.text === '-' ? '-' : '!', operand });
}

function parsePostfix(reader: TokenReader, term: Expression): Expression {
  let left = term;
  for (let length = 0; length < LONGEST_CHAIN; length++) {
    if (reader.isPunctuation('.')) left = afterDot(reader, left);
    else if (reader.isPunctuation('[')) left = afterBracket(reader, left);
    else return left;
  }
  throw reader.fail('This expression is too long.');
}

function afterDot(reader: TokenReader, object: Expression): Expression {
  reader.next();
  const token = reader.peek();
  if (token.type === 'number') return legacyIndexes(reader, object, reader.next());
  if (reader.take('*')) return splat(reader, object, token, false);
  if (token.type !== 'ident') throw reader.fail(`Expected a name after ".", but found ${reader.found(token)}.`);
  reader.next();
  return node(reader, object.start, token.end, 'attribute', { object, name: token.text, nameSpan: token });
}

/** `a.0.1`, the way of older templates; the lexer sees `0.1` as one number. */
function legacyIndexes(reader: TokenReader, object: Expression, token: Token): Expression {
  return legacySteps(reader, token).reduce(
    (collection, { key }) => node(reader, object.start, token.end, 'index', { collection, key }),
    object,
  );
}

const legacySteps = (reader: TokenReader, token: Token): (Step & { kind: 'index' })[] =>
  token.text.split('.').map(digits => {
    const { start, end } = token;
    const key = node(reader, start, end, 'literal', { value: numberOf(reader, token, digits) });
    return { kind: 'index', key, start, end };
  });

function afterBracket(reader: TokenReader, collection: Expression): Expression {
  reader.next();
  const inner = reader.within(false, () => {
    const isSplat = reader.isPunctuation('*') && isClosing(reader.peekSecond());
    if (isSplat) reader.next();
    const key = isSplat ? undefined : parseExpression(reader);
    return { key, end: reader.expect(']', 'after the index') };
  });
  if (!inner.key) return splat(reader, collection, inner.end, true);
  return node(reader, collection.start, inner.end.end, 'index', { collection, key: inner.key });
}

const isClosing = (token: Token): boolean => token.type === 'punctuation' && token.text === ']';

/** What follows `[*]` (or, attributes only, `.*`) is applied to each element. */
function splat(reader: TokenReader, collection: Expression, marker: Token, isFull: boolean): Expression {
  const steps: Step[] = [];
  for (;;) {
    if (reader.isPunctuation('.') && reader.peekSecond().type === 'ident') {
      reader.next();
      const name = reader.next();
      steps.push({ kind: 'attribute', name: name.text, start: name.start, end: name.end });
    } else if (!isFull && reader.isPunctuation('.') && reader.peekSecond().type === 'number') {
      reader.next();
      steps.push(...legacySteps(reader, reader.next()));
    } else if (isFull && reader.isPunctuation('[') && reader.peekSecond().text !== '*') {
      steps.push(indexStep(reader));
    } else {
      return node(reader, collection.start, steps.at(-1)?.end ?? marker.end, 'splat', { collection, steps });
    }
  }
}

function indexStep(reader: TokenReader): Step {
  const opener = reader.next();
  return reader.within(false, () => {
    const key = parseExpression(reader);
    return { kind: 'index', key, start: opener.start, end: reader.expect(']', 'after the index').end };
  });
}

function parseTerm(reader: TokenReader): Expression {
  const token = reader.peek();
  if (token.type === 'open-quote') return parseQuoted(reader, parseExpression);
  if (token.type === 'open-heredoc') return parseHeredoc(reader, parseExpression);
  if (token.type === 'ident') return parseName(reader);
  if (token.type === 'number') {
    reader.next();
    return node(reader, token.start, token.end, 'literal', { value: numberOf(reader, token, token.text) });
  }
  if (reader.isPunctuation('(')) return parseParentheses(reader);
  if (reader.isPunctuation('[')) return parseTuple(reader);
  if (reader.isPunctuation('{')) return parseObject(reader);
  throw reader.fail(`Expected a value, but found ${reader.found(token)}.`);
}

function numberOf(reader: TokenReader, token: Token, digits: string): Value {
  const value = parseNumber(digits);
  if (!value) throw reader.fail(`${token.text} is no number Goldsmith can hold.`, undefined, token.start);
  return numberValue(value);
}

function parseName(reader: TokenReader): Expression {
  const token = reader.next();
  if (reader.isPunctuation('(') || reader.isPunctuation('::')) return parseCall(reader, token);
  const keyword = KEYWORDS.get(token.text);
  if (keyword) return node(reader, token.start, token.end, 'literal', { value: keyword });
  return node(reader, token.start, token.end, 'variable', { name: token.text });
}

function parseCall(reader: TokenReader, first: Token): Expression {
  let name = first.text;
  while (reader.take('::')) name += `::${reader.expectName('after "::"').text}`;
  reader.expect('(', `after the function name "${name}"`);
  return reader.within(false, () => {
    const items: Expression[] = [];
    let isExpanded = false;
    while (!reader.isPunctuation(')')) {
      items.push(parseExpression(reader));
      isExpanded = reader.take('...') !== undefined;
      if (isExpanded || !reader.take(',')) break;
    }
    const end = reader.expect(')', `after the arguments of "${name}"`);
    return node(reader, first.start, end.end, 'call', { name, nameSpan: first, arguments: items, isExpanded });
  });
}

function parseParentheses(reader: TokenReader): Expression {
  const start = reader.next().start;
  return reader.within(false, () => {
    const inner = parseExpression(reader);
    const end = reader.expect(')', 'to close the parentheses');
    return node(reader, start, end.end, 'parentheses', { inner });
  });
}

function parseTuple(reader: TokenReader): Expression {
  const start = reader.next().start;
  return reader.within(false, () => {
    if (isForKeyword(reader)) return parseFor(reader, start, ']');
    const items: Expression[] = [];
    while (!reader.isPunctuation(']')) {
      items.push(parseExpression(reader));
      if (!reader.take(',')) break;
    }
    if (!reader.isPunctuation(']'))
      throw reader.fail(`Expected "," or "]" in the list, but found ${reader.found()}.`, missingComma(reader));
    return node(reader, start, reader.next().end, 'tuple', { items });
  });
}

const missingComma = (reader: TokenReader): string | undefined =>
  reader.is('open-quote') || reader.is('ident') || reader.is('number') ? 'A comma is missing before it.' : undefined;

const isForKeyword = (reader: TokenReader): boolean =>
  reader.is('ident', 'for') && reader.peekSecond().type === 'ident';

function parseObject(reader: TokenReader): Expression {
  const start = reader.next().start;
  if (reader.within(false, () => isForKeyword(reader))) return reader.within(false, () => parseFor(reader, start, '}'));
  return reader.within(true, () => {
    const items: { key: Expression; value: Expression }[] = [];
    for (;;) {
      while (reader.is('newline')) reader.next();
      if (reader.isPunctuation('}')) break;
      items.push(parseObjectItem(reader));
      if (!reader.is('newline') && !reader.take(',') && !reader.isPunctuation('}')) {
        throw reader.fail(`Expected a line end, "," or "}" in the object, but found ${reader.found()}.`);
      }
    }
    return node(reader, start, reader.next().end, 'object', { items });
  });
}

function parseObjectItem(reader: TokenReader): { key: Expression; value: Expression } {
  const token = reader.peek();
  const parsed = parseExpression(reader);
  const isName = parsed.kind === 'variable' || (parsed.kind === 'literal' && token.type === 'ident');
  const key = isName ? node(reader, token.start, token.end, 'literal', { value: textValue(token.text) }) : parsed;
  if (!reader.take('=') && !reader.take(':'))
    throw reader.fail(`Expected "=" or ":" after the key, but found ${reader.found()}.`);
  while (reader.is('newline')) reader.next();
  return { key, value: parseExpression(reader) };
}

function parseFor(reader: TokenReader, start: number, closer: ']' | '}'): Expression {
  reader.next();
  const first = reader.expectName('after "for"').text;
  const second = reader.take(',') ? reader.expectName('after ","').text : undefined;
  if (!reader.is('ident', 'in')) throw reader.fail(`Expected "in", but found ${reader.found()}.`);
  reader.next();
  const collection = parseExpression(reader);
  reader.expect(':', 'after the collection of "for"');
  const left = parseExpression(reader);
  if (closer === '}') reader.expect('=>', 'between key and value of "for"');
  const right = closer === '}' ? parseExpression(reader) : undefined;
  const isGrouping = right !== undefined && reader.take('...') !== undefined;
  const hasCondition = reader.is('ident', 'if');
  if (hasCondition) reader.next();
  const condition = hasCondition ? parseExpression(reader) : undefined;
  const end = reader.expect(closer, 'to close the "for"').end;
  const names = { keyName: second === undefined ? undefined : first, valueName: second ?? first };
  const result = { key: right && left, value: right ?? left };
  return node(reader, start, end, 'for', { ...names, collection, ...result, condition, isGrouping });
}
