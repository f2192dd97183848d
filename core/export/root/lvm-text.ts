/** Metadata of LVM2 as its text says it (lvm.conf(5) has the same form). */
export interface LvmSection {
  [name: string]: LvmValue;
}
export type LvmValue = string | number | (string | number)[] | LvmSection;

const TOKEN = /\s+|#[^\n]*|"(?:[^"\\]|\\.)*"|[{}[\]=,]|[^\s{}[\]=,#"]+/gy;

/** LVM's own text goes four sections deep. */
const MAX_DEPTH = 10;

/** Reads the text: `name { ... }` and `name = value`. What is damaged ends it, with what was read before. */
export function parseLvm(text: string): LvmSection {
  const words = [...text.matchAll(TOKEN)].map(([word]) => word).filter(word => !/^\s|^#/.test(word));
  return readSection(words.values());
}

function readSection(words: Iterator<string>, depth = 0): LvmSection {
  const found: LvmSection = Object.create(null);
  const next = (): string | undefined => words.next().value;
  for (let name = next(); name !== undefined && name !== '}'; name = next()) {
    const sign = next();
    if ((sign !== '{' && sign !== '=') || depth > MAX_DEPTH) break;
    found[name] = sign === '{' ? readSection(words, depth + 1) : readValue(next() ?? '', next);
  }
  return found;
}

function readValue(first: string, next: () => string | undefined): LvmValue {
  if (first !== '[') return scalar(first);
  const values: (string | number)[] = [];
  for (let word = next(); word !== undefined && word !== ']'; word = next())
    if (word !== ',') values.push(scalar(word));
  return values;
}

const scalar = (word: string): string | number =>
  word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : Number(word);
