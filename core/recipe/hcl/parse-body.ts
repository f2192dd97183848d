import type { SourceText } from '../source-text.ts';
import type { Attribute, Block, Body, Expression } from './ast.ts';
import { lexFile, type Token } from './lexer.ts';
import { parseExpression } from './parse-expression.ts';
import { parseWholeTemplate, plainText } from './parse-template.ts';
import { TokenReader } from './token-reader.ts';

/**
 * Parses a configuration file in HCL's native syntax (HCL specification, "Structural Elements").
 * @throws GoldsmithError `bad-recipe` with the place.
 */
export function parseFile(source: SourceText): Body {
  return parseBody(new TokenReader(source, lexFile(source)), true);
}

/** Parses a whole text as a template, as `templatefile` does. */
export const parseTemplateText = (source: SourceText): Expression => parseWholeTemplate(source, parseExpression);

/** Parses one expression that is the whole text: the value of a variable from outside. */
export function parseExpressionText(source: SourceText): Expression {
  const reader = new TokenReader(source, lexFile(source));
  return reader.within(false, () => {
    const expression = parseExpression(reader);
    if (!reader.is('end')) throw reader.fail(`Expected the end of the value, but found ${reader.found()}.`);
    return expression;
  });
}

function parseBody(reader: TokenReader, isFile: boolean): Body {
  const body: Body = { source: reader.source, attributes: new Map(), blocks: [], end: 0 };
  for (;;) {
    const token = reader.peek();
    if (token.type === 'newline') reader.next();
    else if (isFile ? token.type === 'end' : reader.isPunctuation('}')) break;
    else parseItem(reader, body);
  }
  body.end = reader.peek().start;
  return body;
}

function parseItem(reader: TokenReader, body: Body): void {
  const name = reader.peek();
  if (name.type !== 'ident') throw notAnItem(reader, name);
  reader.next();
  if (reader.take('=')) addAttribute(reader, body, name);
  else body.blocks.push(parseBlock(reader, name));
  if (reader.is('newline') || reader.is('end')) return;
  if (reader.isPunctuation('}')) return;
  const hint = reader.isPunctuation(',') ? 'Attributes are separated by line ends, not by commas.' : undefined;
  throw reader.fail(`Expected the end of the line after "${name.text}", but found ${reader.found()}.`, hint);
}

function notAnItem(reader: TokenReader, token: Token): Error {
  if (token.type === 'open-quote') return reader.fail('A name is written without quotes here.', 'Remove the quotes.');
  if (token.type === 'end')
    return reader.fail('A block is not closed before the end of the file.', 'Add the missing "}".');
  return reader.fail(`Expected an attribute or a block, but found ${reader.found(token)}.`);
}

function addAttribute(reader: TokenReader, body: Body, name: Token): void {
  if (body.attributes.has(name.text))
    throw reader.fail(`"${name.text}" is set twice in this block.`, 'Remove one of them.', name.start);
  const attribute: Attribute = { name: name.text, nameSpan: name, value: parseExpression(reader) };
  body.attributes.set(name.text, attribute);
}

function parseBlock(reader: TokenReader, type: Token): Block {
  const labels: Block['labels'] = [];
  while (!reader.isPunctuation('{')) {
    const token = reader.peek();
    if (token.type === 'ident') labels.push({ text: reader.next().text, span: token });
    else if (token.type === 'open-quote') labels.push(quotedLabel(reader));
    else throw reader.fail(`Expected "=" or a block after "${type.text}", but found ${reader.found(token)}.`);
  }
  const body = blockBody(reader);
  return { type: type.text, typeSpan: type, labels, body, source: reader.source };
}

function quotedLabel(reader: TokenReader): Block['labels'][number] {
  const start = reader.next().start;
  const text = reader.is('literal') ? plainText(reader.source, reader.next()) : '';
  if (!reader.is('close-quote')) throw reader.fail('The label of a block is plain text, without "${" and "%{".');
  return { text, span: { start, end: reader.next().end } };
}

function blockBody(reader: TokenReader): Body {
  const opener = reader.expect('{', 'to open the block');
  return reader.within(true, () => {
    const isOneLine = !reader.is('newline');
    const body = parseBody(reader, false);
    reader.expect('}', 'to close the block');
    if (isOneLine && body.attributes.size + body.blocks.length > 1) {
      throw reader.fail(
        'A block on one line holds one attribute at most.',
        'Put each attribute on its own line.',
        opener.start,
      );
    }
    return body;
  });
}
