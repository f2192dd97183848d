/** A value of a template. Numbers and flags are written bare, `undefined` leaves an option out. */
export type HclValue =
  | string
  | number
  | boolean
  | readonly HclValue[]
  | { readonly [key: string]: HclValue }
  | Reference;

/** An expression, written as it stands. */
export interface Reference {
  expression: string;
}

export type Attributes = readonly (readonly [name: string, value: HclValue | undefined])[];

export interface Block {
  type: string;
  labels: string[];
  attributes: Attributes;
  blocks: Block[];
}

/** How texts are written: secrets become references, what means something to HCL is escaped. */
export type WriteText = (text: string) => string;

const INDENT = '  ';
/** Lists up to this many characters stand in one line. */
const LINE = 100;

const isReference = (value: HclValue): value is Reference =>
  typeof value === 'object' && !Array.isArray(value) && typeof (value as Reference).expression === 'string';

/** A block with its attributes aligned, as `packer fmt` has them. */
export function writeBlock(block: Block, text: WriteText, indent = ''): string {
  const head = [block.type, ...block.labels.map(label => JSON.stringify(label))].join(' ');
  const inner = indent + INDENT;
  const parts = [
    writeAttributes(block.attributes, text, inner),
    ...block.blocks.map(one => writeBlock(one, text, inner)),
  ];
  const body = parts.filter(part => part !== '').join('\n\n');
  return body === '' ? `${indent}${head} {}` : `${indent}${head} {\n${body}\n${indent}}`;
}

export function writeAttributes(attributes: Attributes, text: WriteText, indent: string): string {
  const given = attributes.filter((pair): pair is [string, HclValue] => pair[1] !== undefined);
  const lines = given.map(([name, value]) => ({ name, written: writeValue(value, text, indent) }));
  return lines.map(({ name, written }) => `${indent}${name.padEnd(widthAt(lines, name))} = ${written}`).join('\n');
}

/** `packer fmt` aligns only neighbours that stand in one line each. */
function widthAt(lines: { name: string; written: string }[], name: string): number {
  const at = lines.findIndex(line => line.name === name);
  const isShort = (index: number): boolean => lines[index] !== undefined && !lines[index].written.includes('\n');
  if (!isShort(at)) return name.length;
  let [from, to] = [at, at];
  while (isShort(from - 1)) from -= 1;
  while (isShort(to + 1)) to += 1;
  return Math.max(...lines.slice(from, to + 1).map(line => line.name.length));
}

function writeValue(value: HclValue, text: WriteText, indent: string): string {
  if (typeof value === 'string') return text(quote(value));
  if (typeof value !== 'object') return String(value);
  if (isReference(value)) return value.expression;
  if (Array.isArray(value)) return writeList(value, text, indent);
  return writeMap(value as Record<string, HclValue>, text, indent);
}

function writeList(items: readonly HclValue[], text: WriteText, indent: string): string {
  const inner = indent + INDENT;
  const written = items.map(item => writeValue(item, text, inner));
  const line = `[${written.join(', ')}]`;
  if (line.length <= LINE && !line.includes('\n')) return line;
  return `[\n${written.map(item => `${inner}${item},\n`).join('')}${indent}]`;
}

function writeMap(map: Record<string, HclValue>, text: WriteText, indent: string): string {
  const inner = indent + INDENT;
  const entries = Object.entries(map).map(
    ([key, value]) => `${inner}${quote(key)} = ${writeValue(value, text, inner)}\n`,
  );
  return entries.length === 0 ? '{}' : `{\n${entries.join('')}${indent}}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
};

/** A text in quotes by HCL's rules: `${` and `%{` would begin an expression (HCL native syntax, "Templates"). */
export function quote(value: string): string {
  const escaped = value.replace(/[\n\r\t"\\]/g, character => ESCAPES[character] ?? character);
  const safe = escaped
    .replace(/[\u0000-\u001f\u007f]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/[$%](?=\{)/g, sign => sign + sign);
  return `"${safe}"`;
}
