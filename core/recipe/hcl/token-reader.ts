import type { SourceText } from '../source-text.ts';
import type { Token, TokenType } from './lexer.ts';

const END: Token = { type: 'end', start: 0, end: 0, text: '' };

/** Walks over tokens. Newlines count or not, as the innermost bracket says. */
export class TokenReader {
  #at = 0;
  #hasNewlines = true;
  #depth = 0;

  constructor(
    readonly source: SourceText,
    readonly tokens: Token[],
  ) {}

  peek(): Token {
    if (!this.#hasNewlines) while (this.tokens[this.#at]?.type === 'newline') this.#at += 1;
    return this.tokens[this.#at] ?? this.tokens.at(-1) ?? END;
  }

  next(): Token {
    const token = this.peek();
    if (this.#at < this.tokens.length - 1) this.#at += 1;
    return token;
  }

  /** The token after the next one; newlines count. */
  peekSecond(): Token {
    this.peek();
    return this.tokens[this.#at + 1] ?? END;
  }

  is(type: TokenType, text?: string): boolean {
    const token = this.peek();
    return token.type === type && (text === undefined || token.text === text);
  }

  isPunctuation(text: string): boolean {
    return this.is('punctuation', text);
  }

  /** Takes the next token if it is this punctuation. */
  take(text: string): Token | undefined {
    return this.isPunctuation(text) ? this.next() : undefined;
  }

  expect(text: string, where: string): Token {
    const token = this.take(text);
    if (token) return token;
    throw this.fail(`Expected "${text}" ${where}, but found ${this.found()}.`);
  }

  expectName(where: string): Token {
    if (this.is('ident')) return this.next();
    throw this.fail(`Expected a name ${where}, but found ${this.found()}.`);
  }

  found(token: Token = this.peek()): string {
    const names: Partial<Record<TokenType, string>> = {
      end: 'the end of the file',
      newline: 'the end of the line',
      'open-quote': 'a string',
      'open-heredoc': 'a heredoc',
      'close-sequence': '"}"',
    };
    return names[token.type] ?? JSON.stringify(token.text);
  }

  fail(message: string, hint?: string, at: number = this.peek().start): Error {
    return this.source.fail(at, message, hint);
  }

  /** Runs `read` with newlines as tokens or not, and watches the depth of nesting. */
  within<T>(hasNewlines: boolean, read: () => T): T {
    const before = this.#hasNewlines;
    this.#hasNewlines = hasNewlines;
    try {
      return this.nested(read);
    } finally {
      this.#hasNewlines = before;
    }
  }

  nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEEPEST_NESTING) throw this.fail('The template is nested too deeply.');
    try {
      return read();
    } finally {
      this.#depth -= 1;
    }
  }
}

/** Deeper nesting is a mistake or an attack, and would exhaust the stack. */
const DEEPEST_NESTING = 300;
