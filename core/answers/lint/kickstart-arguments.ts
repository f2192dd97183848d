import type { Word } from './shell-words.ts';

/** The options and operands of a command as Anaconda sees them. */
export class Arguments {
  readonly options = new Map<string, { word: Word; value: string | undefined }>();
  readonly operands: Word[] = [];

  /** @param valued which options take a value that may stand in the next word */
  constructor(words: readonly Word[], valued: (option: string) => boolean) {
    for (let nth = 0; nth < words.length; nth++) {
      const word = words[nth] as Word;
      if (!word.text.startsWith('-') || word.text === '-') {
        this.operands.push(word);
        continue;
      }
      const equals = word.text.indexOf('=');
      const name = equals < 0 ? word.text : word.text.slice(0, equals);
      const isNext = equals < 0 && valued(name) && words[nth + 1]?.text.startsWith('-') === false;
      const value = equals >= 0 ? word.text.slice(equals + 1) : isNext ? words[++nth]?.text : undefined;
      this.options.set(name, { word, value });
    }
  }

  value = (option: string): string | undefined => this.options.get(option)?.value;
  has = (option: string): boolean => this.options.has(option);
}
