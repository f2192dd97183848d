import { GoldsmithError } from '../../model/failure.ts';
import type { Node, Operand, Pipeline } from './ast.ts';
import { type ActionToken, cutTemplate, type Piece } from './lex.ts';

/** Parses a template. @throws GoldsmithError `bad-recipe`, without a place: the caller knows where the text stands. */
export function parseGoTemplate(text: string): Node[] {
  const cursor = new Cursor(cutTemplate(text));
  const nodes = cursor.nodes(false);
  if (cursor.hasMore()) throw bad(`"{{ ${cursor.keyword()} }}" stands without its beginning.`);
  return nodes;
}

const bad = (message: string, hint?: string): GoldsmithError => new GoldsmithError('bad-recipe', message, { hint });

const DEEPEST_NESTING = 60;
const BLOCKS = new Set(['if', 'with', 'range']);
const UNSUPPORTED = new Set(['define', 'template', 'block', 'break', 'continue']);

class Cursor {
  #at = 0;
  #depth = 0;

  constructor(readonly pieces: Piece[]) {}

  hasMore(): boolean {
    return this.#at < this.pieces.length;
  }

  /** The first word of the action that comes next. */
  keyword(): string | undefined {
    const piece = this.pieces[this.#at];
    if (piece?.kind !== 'action') return undefined;
    return piece.tokens[0]?.kind === 'name' ? piece.tokens[0].text : undefined;
  }

  nodes(isInside: boolean): Node[] {
    const nodes: Node[] = [];
    for (let piece = this.pieces[this.#at]; piece; piece = this.pieces[this.#at]) {
      const keyword = this.keyword();
      if (keyword === 'end' || keyword === 'else') return nodes;
      this.#at += 1;
      if (piece.kind === 'text') nodes.push(piece);
      else nodes.push(this.#action(piece.tokens, keyword));
    }
    if (isInside) throw bad('A "{{ if }}", "{{ with }}" or "{{ range }}" is not closed by "{{ end }}".');
    return nodes;
  }

  #action(tokens: ActionToken[], keyword: string | undefined): Node {
    if (keyword !== undefined && UNSUPPORTED.has(keyword)) {
      throw new GoldsmithError('unsupported', `"{{ ${keyword} }}" is not supported in templates.`);
    }
    if (keyword === 'if' || keyword === 'with' || keyword === 'range') return this.#block(keyword, tokens.slice(1));
    return { kind: 'action', pipeline: parsePipeline(tokens) };
  }

  #block(kind: 'if' | 'with' | 'range', tokens: ActionToken[]): Node {
    this.#depth += 1;
    if (this.#depth > DEEPEST_NESTING) throw bad('The template is nested too deeply.');
    const pipeline = parsePipeline(tokens);
    const body = this.nodes(true);
    const otherwise = this.keyword() === 'else' ? this.#otherwise() : [];
    if (this.keyword() !== 'end')
      throw bad('A "{{ if }}", "{{ with }}" or "{{ range }}" is not closed by "{{ end }}".');
    this.#at += 1;
    this.#depth -= 1;
    return { kind, pipeline, body, otherwise };
  }

  #otherwise(): Node[] {
    const piece = this.pieces[this.#at];
    const rest = piece?.kind === 'action' ? piece.tokens.slice(1) : [];
    const word = rest[0]?.kind === 'name' ? rest[0].text : undefined;
    if (rest.length === 0) {
      this.#at += 1;
      return this.nodes(true);
    }
    if (word === undefined || !BLOCKS.has(word)) throw bad('After "else" stands nothing or "if".');
    this.#at += 1;
    const inner = this.#elseIf(word as 'if', rest.slice(1));
    return [inner];
  }

  /** `else if` shares the `end` of the `if` around it. */
  #elseIf(kind: 'if' | 'with' | 'range', tokens: ActionToken[]): Node {
    const pipeline = parsePipeline(tokens);
    const body = this.nodes(true);
    const otherwise = this.keyword() === 'else' ? this.#otherwise() : [];
    return { kind, pipeline, body, otherwise };
  }
}

function parsePipeline(tokens: ActionToken[]): Pipeline {
  const reader = { tokens, at: 0 };
  const pipeline = readPipeline(reader, 0);
  if (reader.at < tokens.length) throw bad(`"${tokens[reader.at]?.text}" is not expected in "{{ ${shown(tokens)} }}".`);
  return pipeline;
}

const shown = (tokens: ActionToken[]): string => tokens.map(token => token.text).join(' ');

interface Reader {
  tokens: ActionToken[];
  at: number;
}

function readPipeline(reader: Reader, depth: number): Pipeline {
  if (depth > DEEPEST_NESTING) throw bad('The template is nested too deeply.');
  const variable = readAssignment(reader);
  const commands: Operand[][] = [];
  for (;;) {
    const command = readCommand(reader, depth);
    if (command.length === 0) throw bad(`A value is missing in "{{ ${shown(reader.tokens)} }}".`);
    commands.push(command);
    if (reader.tokens[reader.at]?.kind !== 'pipe') break;
    reader.at += 1;
  }
  return variable ? { variable, commands } : { commands };
}

function readAssignment(reader: Reader): Pipeline['variable'] {
  const [name, operator] = [reader.tokens[reader.at], reader.tokens[reader.at + 1]];
  if (name?.kind !== 'variable' || operator?.kind !== 'assign') return undefined;
  reader.at += 2;
  return { name: name.text, isDeclared: operator.text === ':=' };
}

function readCommand(reader: Reader, depth: number): Operand[] {
  const operands: Operand[] = [];
  for (let token = reader.tokens[reader.at]; token; token = reader.tokens[reader.at]) {
    if (token.kind === 'pipe' || token.kind === 'close' || token.kind === 'assign') break;
    reader.at += 1;
    operands.push(token.kind === 'open' ? readGroup(reader, depth) : operandOf(token, reader));
  }
  return operands;
}

function readGroup(reader: Reader, depth: number): Operand {
  const pipeline = readPipeline(reader, depth + 1);
  if (reader.tokens[reader.at]?.kind !== 'close')
    throw bad(`A parenthesis is not closed in "{{ ${shown(reader.tokens)} }}".`);
  reader.at += 1;
  return { kind: 'group', pipeline, names: trailingNames(reader) };
}

/** `.a.b` directly behind a variable or a group. */
function trailingNames(reader: Reader): string[] {
  const token = reader.tokens[reader.at];
  if (token?.kind !== 'field' || !token.isGlued) return [];
  reader.at += 1;
  return fieldNames(token.text);
}

const fieldNames = (text: string): string[] => text.split('.').filter(name => name !== '');

function operandOf(token: ActionToken, reader: Reader): Operand {
  if (token.kind === 'constant') return { kind: 'constant', value: token.value };
  if (token.kind === 'field') return { kind: 'field', names: fieldNames(token.text) };
  if (token.kind === 'variable') return { kind: 'variable', name: token.text, names: trailingNames(reader) };
  return { kind: 'function', name: token.text };
}
