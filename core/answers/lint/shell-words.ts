export interface Word {
  text: string;
  /** From 1. */
  column: number;
}

/** The words of a kickstart line as Anaconda's reader (Python's shlex with comments) sees them. Undefined: an open quote. */
export function shellWords(line: string): Word[] | undefined {
  const words: Word[] = [];
  let word: Word | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (quote === '' && /\s/.test(character)) {
      word = undefined;
      continue;
    }
    if (quote === '' && character === '#') break;
    if (!word) {
      word = { text: '', column: at + 1 };
      words.push(word);
    }
    if (character === '\\' && quote !== "'") word.text += line[++at] ?? '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
    else word.text += character;
  }
  return quote === '' ? words : undefined;
}
