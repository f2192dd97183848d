import type { SourceText, Span } from '../source-text.ts';

/**
 * Tokens of HCL's native syntax (HCL specification, "Lexical Elements"). Inside quotes and heredocs the text is cut into
 * `literal` tokens, one per line at most, and the openers and closers of `${ }` and `%{ }`.
 */
export interface Token extends Span {
  type: TokenType;
  /** Of punctuation and identifiers: as written. Of a literal: raw. Of a heredoc opener: the marker. */
  text: string;
}

export type TokenType =
  | 'ident'
  | 'number'
  | 'punctuation'
  | 'newline'
  | 'end'
  | 'open-quote'
  | 'close-quote'
  | 'open-heredoc'
  | 'close-heredoc'
  | 'literal'
  | 'interpolation'
  | 'control'
  | 'close-sequence';

/** Deeper nesting is a mistake or an attack, and would exhaust the stack. */
const DEEPEST_NESTING = 150;

const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANK = /[ \t]+/y;
const LINE_COMMENT = /(?:#|\/\/)[^\n]*/y;
const PUNCTUATION = /\.\.\.|==|!=|<=|>=|&&|\|\||=>|::|[{}()[\]<>=!+\-*/%?:,.~]/y;
const HEREDOC = /<<(-?)([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy;

const SIMPLE_TOKENS: [TokenType, RegExp][] = [
  ['ident', IDENTIFIER],
  ['number', NUMBER],
  ['punctuation', PUNCTUATION],
];

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Cuts a whole configuration file into tokens. @throws GoldsmithError `bad-recipe` at what is no token. */
export function lexFile(source: SourceText): Token[] {
  const lexer = new Lexer(source);
  lexer.code(0, undefined);
  return lexer.tokens;
}

/** Cuts a bare template (the content of a `templatefile`) into tokens. */
export function lexTemplate(source: SourceText): Token[] {
  const lexer = new Lexer(source);
  lexer.bareTemplate();
  return lexer.tokens;
}

class Lexer {
  readonly tokens: Token[] = [];
  readonly #text: string;
  #at = 0;

  constructor(readonly source: SourceText) {
    this.#text = source.text;
    if (this.#text.startsWith('\uFEFF')) this.#at = 1;
  }

  #push(type: TokenType, length: number, text?: string): void {
    const end = this.#at + length;
    this.tokens.push({ type, start: this.#at, end, text: text ?? this.#text.slice(this.#at, end) });
    this.#at = end;
  }

  /** Expressions and structure, up to the end or to the brace that closes the template sequence opened at `opener`. */
  code(depth: number, opener: number | undefined): void {
    if (depth > DEEPEST_NESTING) throw this.source.fail(this.#at, 'The template is nested too deeply.');
    let braces = 0;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at];
      if (opener !== undefined && braces === 0 && this.#closeSequence(character)) return;
      if (this.#skipBlank()) continue;
      if (character === '"') {
        this.#quoted(depth, opener);
        continue;
      }
      if (character === '<' && this.#heredoc(depth)) continue;
      if (character === '{') braces += 1;
      if (character === '}') braces -= 1;
      this.#simple();
    }
    if (opener !== undefined)
      throw this.source.fail(opener, 'This template sequence is not closed.', 'Add the missing "}".');
    this.#push('end', 0);
  }

  #closeSequence(character: string | undefined): boolean {
    if (character === '}') this.#push('close-sequence', 1);
    else if (character === '~' && this.#text[this.#at + 1] === '}') this.#push('close-sequence', 2);
    else return false;
    return true;
  }

  #skipBlank(): boolean {
    const text = this.#text;
    const blank = matchAt(BLANK, text, this.#at) ?? matchAt(LINE_COMMENT, text, this.#at);
    if (blank) {
      this.#at += blank[0].length;
      return true;
    }
    if (!text.startsWith('/*', this.#at)) return false;
    const end = text.indexOf('*/', this.#at + 2);
    if (end < 0) throw this.source.fail(this.#at, 'This comment is not closed.', 'Add the missing "*/".');
    this.#at = end + 2;
    return true;
  }

  #simple(): void {
    const [type, length] = this.#simpleToken();
    this.#push(type, length);
  }

  #simpleToken(): [TokenType, number] {
    const text = this.#text;
    if (text[this.#at] === '\n') return ['newline', 1];
    if (text.startsWith('\r\n', this.#at)) return ['newline', 2];
    for (const [type, pattern] of SIMPLE_TOKENS) {
      const match = matchAt(pattern, text, this.#at);
      if (match) return [type, match[0].length];
    }
    const character = String.fromCodePoint(text.codePointAt(this.#at) ?? 0);
    const hint = STRAY_HINTS[character];
    throw this.source.fail(this.#at, `The character ${JSON.stringify(character)} means nothing here.`, hint);
  }

  /** @param sequence where the template sequence begins that it stands in */
  #quoted(depth: number, sequence: number | undefined): void {
    const opener = this.#at;
    this.#push('open-quote', 1);
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at];
      if (character === '"') {
        this.#push('close-quote', 1);
        return;
      }
      if (character === '\n' || character === '\r') break;
      if (this.#sequence(depth)) continue;
      this.#push('literal', this.#literalLength(QUOTED_STOP, true));
    }
    throw this.source.fail(
      opener,
      'This string is not closed on its line.',
      sequence === undefined
        ? 'Add the missing quote, or use a heredoc (<<EOT) for several lines.'
        : `Add the missing quote, or the "}" that ends what begins in column ${this.source.place(sequence).column}.`,
    );
  }

  #heredoc(depth: number): boolean {
    const match = matchAt(HEREDOC, this.#text, this.#at);
    if (!match) return false;
    const opener = this.#at;
    const marker = match[2] ?? '';
    this.#push('open-heredoc', match[0].length, `${match[1]}${marker}`);
    let isLineStart = true;
    while (this.#at < this.#text.length) {
      if (isLineStart && this.#closeHeredoc(marker)) return true;
      if (this.#sequence(depth)) {
        isLineStart = false;
        continue;
      }
      const length = this.#literalLength(LINE_STOP, false);
      isLineStart = this.#text[this.#at + length - 1] === '\n';
      this.#push('literal', length);
    }
    throw this.source.fail(opener, `This heredoc is not closed.`, `End it with a line that holds only ${marker}.`);
  }

  #closeHeredoc(marker: string): boolean {
    const end = this.#text.indexOf('\n', this.#at);
    const line = this.#text.slice(this.#at, end < 0 ? this.#text.length : end);
    if (line.trim() !== marker) return false;
    this.#push('close-heredoc', line.replace(/\r$/, '').length);
    return true;
  }

  bareTemplate(): void {
    while (this.#at < this.#text.length) {
      if (this.#sequence(0)) continue;
      this.#push('literal', this.#literalLength(LINE_STOP, false));
    }
    this.#push('end', 0);
  }

  /** `${` or `%{`, with all that stands inside. */
  #sequence(depth: number): boolean {
    const opener = this.#text[this.#at];
    if ((opener !== '$' && opener !== '%') || this.#text[this.#at + 1] !== '{') return false;
    const start = this.#at;
    this.#push(opener === '$' ? 'interpolation' : 'control', this.#text[this.#at + 2] === '~' ? 3 : 2);
    this.code(depth + 1, start);
    return true;
  }

  /** How far literal text goes: up to a sequence, past one line end, or up to the closing quote. */
  #literalLength(stop: RegExp, isEscaping: boolean): number {
    const text = this.#text;
    let at = this.#at;
    while (at < text.length) {
      stop.lastIndex = at;
      const found = stop.exec(text);
      if (!found) return text.length - this.#at;
      at = found.index;
      const character = text[at];
      if (character === '\n') return (isEscaping ? at : at + 1) - this.#at;
      if (character === '"' || character === '\r') return at - this.#at;
      if (character === '\\') at += 2;
      else if (text[at + 1] === character && text[at + 2] === '{') at += 3;
      else if (text[at + 1] === '{') return at - this.#at;
      else at += 1;
    }
    return Math.min(at, text.length) - this.#at;
  }
}

const QUOTED_STOP = /[\n\r"\\$%]/g;
const LINE_STOP = /[\n$%]/g;

const STRAY_HINTS: Record<string, string> = {
  "'": 'HCL has only double quotes.',
  '`': 'HCL has only double quotes.',
  ';': 'Attributes are separated by line ends, not by semicolons.',
  '“': 'Use straight double quotes.',
  '”': 'Use straight double quotes.',
  '&': 'The logical operator is "&&".',
  '|': 'The logical operator is "||".',
};
