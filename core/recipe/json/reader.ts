import type { SourceText } from '../source-text.ts';

/** A JSON value with its place; objects keep double and comment keys in their order. */
export type JsonNode = { start: number; end: number } & (
  | { kind: 'object'; members: JsonMember[] }
  | { kind: 'array'; items: JsonNode[] }
  | { kind: 'string'; value: string }
  | { kind: 'number'; value: number; text: string }
  | { kind: 'bool'; value: boolean }
  | { kind: 'null' }
);

export interface JsonMember {
  key: string;
  keyStart: number;
  value: JsonNode;
}

/** Deeper nesting is a mistake or an attack, and would exhaust the stack. */
const DEEPEST_NESTING = 200;

/** Reads JSON (RFC 8259) with places; double keys are kept. @throws GoldsmithError `bad-recipe` at what is wrong. */
export function readJson(source: SourceText): JsonNode {
  const reader = new JsonReader(source);
  const node = reader.value(0);
  reader.expectEnd();
  return node;
}

const BLANK = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\n\r]|\\.)*"/y;
const WORDS: [string, { kind: 'bool'; value: boolean } | { kind: 'null' }][] = [
  ['true', { kind: 'bool', value: true }],
  ['false', { kind: 'bool', value: false }],
  ['null', { kind: 'null' }],
];

class JsonReader {
  #at = 0;
  readonly #text: string;

  constructor(readonly source: SourceText) {
    this.#text = source.text;
    if (this.#text.startsWith('\uFEFF')) this.#at = 1;
  }

  value(depth: number): JsonNode {
    this.#skip();
    if (depth > DEEPEST_NESTING) throw this.#fail('The template is nested too deeply.');
    const character = this.#text[this.#at];
    if (character === '{') return this.#object(depth);
    if (character === '[') return this.#array(depth);
    return this.#scalar();
  }

  expectEnd(): void {
    this.#skip();
    if (this.#at < this.#text.length) throw this.#fail(`Expected the end of the file, but found ${this.#found()}.`);
  }

  #scalar(): JsonNode {
    const start = this.#at;
    if (this.#text[start] === '"') return this.#string();
    for (const [word, node] of WORDS) {
      if (!this.#text.startsWith(word, start)) continue;
      this.#at += word.length;
      return { ...node, start, end: this.#at };
    }
    const digits = this.#match(NUMBER);
    if (!digits) throw this.#fail(`Expected a value, but found ${this.#found()}.`, this.#strayHint());
    return { kind: 'number', value: Number(digits), text: digits, start, end: this.#at };
  }

  #string(): Extract<JsonNode, { kind: 'string' }> {
    const start = this.#at;
    const raw = this.#match(STRING);
    if (raw === undefined)
      throw this.#fail('This string is not closed on its line.', 'In JSON, a line end in a string is written "\\n".');
    return { kind: 'string', value: this.#unescaped(raw.slice(1, -1), start + 1), start, end: this.#at };
  }

  #unescaped(text: string, start: number): string {
    if (!text.includes('\\')) return text;
    return text.replace(/\\(u[0-9a-fA-F]{4}|[\s\S])/g, (raw, code: string, offset: number) => {
      const simple = ESCAPES.get(code);
      if (simple !== undefined) return simple;
      if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
      throw this.source.fail(
        start + offset,
        `The escape ${raw} means nothing in JSON.`,
        'Write "\\\\" for a backslash.',
      );
    });
  }

  #array(depth: number): JsonNode {
    const start = this.#at++;
    const items: JsonNode[] = [];
    if (!this.#take(']')) {
      do items.push(this.value(depth + 1));
      while (this.#separator(']', 'the list'));
    }
    return { kind: 'array', items, start, end: this.#at };
  }

  #object(depth: number): JsonNode {
    const start = this.#at++;
    const members: JsonMember[] = [];
    if (!this.#take('}')) {
      do members.push(this.#member(depth));
      while (this.#separator('}', 'the object'));
    }
    return { kind: 'object', members, start, end: this.#at };
  }

  #member(depth: number): JsonMember {
    this.#skip();
    if (this.#text[this.#at] !== '"')
      throw this.#fail(`Expected a key in double quotes, but found ${this.#found()}.`, this.#strayHint());
    const key = this.#string();
    if (!this.#take(':')) throw this.#fail(`Expected ":" after the key, but found ${this.#found()}.`);
    return { key: key.value, keyStart: key.start, value: this.value(depth + 1) };
  }

  /** A comma goes on, the closer ends. */
  #separator(closer: ']' | '}', what: string): boolean {
    if (this.#take(',')) return true;
    if (this.#take(closer)) return false;
    throw this.#fail(
      `Expected "," or "${closer}" in ${what}, but found ${this.#found()}.`,
      this.#text[this.#at] === '"' ? 'A comma is missing before it.' : undefined,
    );
  }

  #take(character: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skip(): void {
    this.#match(BLANK);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #found(): string {
    const point = this.#text.codePointAt(this.#at);
    return point === undefined ? 'the end of the file' : JSON.stringify(String.fromCodePoint(point));
  }

  #strayHint(): string | undefined {
    const character = this.#text[this.#at] ?? '';
    if (character === ']' || character === '}') return 'A comma before it is one too many.';
    if (character === '/' || character === '#')
      return 'JSON has no comments; Packer takes keys that begin with "_" as such.';
    return character === "'" ? 'JSON has only double quotes.' : undefined;
  }

  #fail(message: string, hint?: string): Error {
    return this.source.fail(this.#at, message, hint);
  }
}

const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** The same as plain data; of double keys the last one counts. */
export function plainJson(node: JsonNode): unknown {
  if (node.kind === 'object') return Object.fromEntries(node.members.map(({ key, value }) => [key, plainJson(value)]));
  if (node.kind === 'array') return node.items.map(plainJson);
  return node.kind === 'null' ? null : node.value;
}
