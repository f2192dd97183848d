/** Metadata of LVM2 as its text says it (lvm.conf(5) has the same form). */
export interface LvmSection {
  [name: string]: LvmValue;
}
export type LvmValue = string | number | (string | number)[] | LvmSection;

const TOKEN = /\s+|#[^\n]*|"(?:[^"\\]|\\.)*"|[{}[\]=,]|[^\s{}[\]=,#"]+/gy;

/** Reads the text: `name { ... }` and `name = value`. What is damaged ends it, with what was read before. */
export function parseLvm(text: string): LvmSection {
  const words = [...text.matchAll(TOKEN)].map(([word]) => word).filter(word => !/^\s|^#/.test(word));
  let at = 0;
  const scalar = (word: string): string | number =>
    word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : Number(word);
  const list = (): (string | number)[] => {
    const values: (string | number)[] = [];
    for (let word = words[at++]; word !== undefined && word !== ']'; word = words[at++]) {
      if (word !== ',') values.push(scalar(word));
    }
    return values;
  };
  const section = (): LvmSection => {
    const found: LvmSection = Object.create(null);
    for (let name = words[at++]; name !== undefined && name !== '}'; name = words[at++]) {
      const sign = words[at++];
      if (sign === '{') found[name] = section();
      else if (sign !== '=') break;
      else if (words[at] === '[') {
        at++;
        found[name] = list();
      } else found[name] = scalar(words[at++] ?? '');
    }
    return found;
  };
  return section();
}
