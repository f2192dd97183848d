/** Where a value is put. */
export interface Spot {
  file: string;
  line: number;
  place: 'directive' | 'script' | 'package' | 'rest of a line' | 'bare word' | 'YAML' | 'JSON' | 'XML';
  /** The quotation mark it stands between. */
  quote: '' | '"' | "'";
  /** What stands before it in its line, and behind it. */
  head: string;
  tail: string;
}

type Escape = (value: string, spot: Spot) => string | undefined;

/** Bytes that no answer file takes in a value: they end lines, or programs' patience. */
const HAS_CONTROLS = /[\0-\x08\x0a-\x1f\x7f\u0085\u2028\u2029]/;
const PLAIN_WORD = /^[A-Za-z0-9_@%+=:,./^~-]+$/;

/** Of a kickstart's command line, which Python's shlex takes apart. */
const directive: Escape = (value, { quote, head }) => {
  if (quote === '' && /(^|\s)$/.test(head) && value.startsWith('-')) return undefined; // it would be an option of its own
  if (quote === "'") return value.replaceAll("'", `'"'"'`);
  if (quote === '"') return value.replace(/[\\"]/g, '\\$&');
  return asWord(value, head);
};

/** One word. At the beginning of a line `%end` ends a section, whatever the section is. */
const asWord = (value: string, head: string): string =>
  PLAIN_WORD.test(value) && !(head.trim() === '' && value.startsWith('%'))
    ? value
    : `'${value.replaceAll("'", `'"'"'`)}'`;

/** Of a POSIX shell. */
const script: Escape = (value, { quote, head }) => {
  if (quote === "'") return value.replaceAll("'", `'"'"'`);
  if (quote === '"') return value.replace(/[\\"$`]/g, '\\$&');
  return asWord(value, head);
};

/** One or several names; the list of a variable comes with commas, and a line has one name. */
const packageName: Escape = value =>
  /^-?[@^]*[\w.+*:@/()<>= -]+(,-?[@^]*[\w.+*:@/()<>= -]+)*$/.test(value) || value === ''
    ? value.split(',').join('\n')
    : undefined;

/** Up to the end of its line: nothing but a line end, or a backslash that takes it away, could do harm. */
const restOfLine: Escape = value => (value.endsWith('\\') ? undefined : value);

/** Where the reader knows no quotes: iPXE, GRUB. */
const bareWord: Escape = value => (/^[A-Za-z0-9_@%+=:,./^~?&-]*$/.test(value) ? value : undefined);

/** What YAML 1.1 reads as itself, and as text: no number, no boolean, no mark of its own. */
const PLAIN_YAML = /^[A-Za-z/][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+=-]+)*$/;
const YAML_WORDS = /^(y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

const yaml: Escape = (value, { quote, head, tail }) => {
  if (quote === '"') return JSON.stringify(value).slice(1, -1);
  if (quote === "'") return value.replaceAll("'", "''");
  const isWhole = /(^|[:,[{-])\s*$/.test(head) && /^\s*([,\]}#].*)?$/.test(tail);
  const isTyped = /^(true|false|-?\d+)$/.test(value) && isWhole; // a number of lab.yaml stays one
  if (isTyped || (PLAIN_YAML.test(value) && !YAML_WORDS.test(value))) return value;
  if (isWhole) return JSON.stringify(value);
  return /^[A-Za-z0-9_./@+=-]*$/.test(value) ? value : undefined;
};

const json: Escape = (value, { quote }) => (quote === '"' ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value));

const XML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
const xml: Escape = value => value.replace(/[&<>"']/g, character => XML[character] ?? character);

const ESCAPES = {
  directive,
  script,
  package: packageName,
  'rest of a line': restOfLine,
  'bare word': bareWord,
  YAML: yaml,
  JSON: json,
  XML: xml,
} as const satisfies Record<Spot['place'], Escape>;

/** Line ends are data between the quotes of a script, of JSON and of YAML's double quotes; nowhere else. */
const takesLines = ({ place, quote }: Spot, value: string): boolean =>
  /^[^\0-\x08\x0b-\x1f\x7f]*$/.test(value) &&
  (place === 'JSON' || place === 'XML' || (place === 'YAML' && quote !== "'"));

/** The value as it is written there. Undefined: it cannot stand there. */
export function escapeFor(spot: Spot, value: string): string | undefined {
  if (HAS_CONTROLS.test(value) && !takesLines(spot, value)) return undefined;
  return ESCAPES[spot.place](value, spot);
}
