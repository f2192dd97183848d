/**
 * A reason or hint of the tables as a sentence: `{1}` is a group of the pattern that matched, `{name}` something
 * remembered, `%s` the argument debootstrap gave with a message. What is not known leaves no hole.
 */
export function fillWords(template: string, groups: RegExpExecArray, remembered: ReadonlyMap<string, string>): string {
  return template
    .replace(/\{(\w+)\}/g, (_whole, key: string) => (/^\d/.test(key) ? groups[Number(key)] : remembered.get(key)) ?? '')
    .replaceAll('%s', remembered.get('argument') ?? '%s')
    .replace(/ \(\)/g, '')
    .replace(/ +/g, ' ')
    .replace(/:? *$/, '');
}
