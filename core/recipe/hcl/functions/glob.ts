/**
 * A glob as a regular expression over whole texts: `*` and `?` stop at the separator, `**` does not, `{a,b}` and `[abc]`
 * choose.
 */
export function globRegex(pattern: string, separator: '/' | '' = '/'): RegExp {
  const single = separator === '' ? '.' : '[^/]';
  let source = '';
  let braces = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    if (character === '*') {
      const isDeep = pattern[at + 1] === '*';
      if (isDeep) at += pattern[at + 2] === '/' ? 2 : 1;
      source += isDeep ? (pattern[at] === '/' ? '(?:[^/]+/)*' : '.*') : `${single}*`;
    } else if (character === '?') source += single;
    else if (character === '{') {
      source += '(?:';
      braces += 1;
    } else if (character === '}' && braces > 0) {
      source += ')';
      braces -= 1;
    } else if (character === ',' && braces > 0) source += '|';
    else if (character === '[' && pattern.includes(']', at + 1)) {
      const end = pattern.indexOf(']', at + 1);
      source += classSource(pattern.slice(at + 1, end));
      at = end;
    } else source += character.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  }
  return new RegExp(`^${source}${')'.repeat(braces)}$`, 's');
}

function classSource(content: string): string {
  const isNegated = /^[!^]/.test(content);
  const members = (isNegated ? content.slice(1) : content).replace(/[\\\]^[]/g, '\\$&');
  return members === '' || /[^\\]-/.test(members) === /(.)-(.)/.test(members)
    ? `[${isNegated ? '^' : ''}${members || '^\\s\\S'}]`
    : '[^\\s\\S]';
}
