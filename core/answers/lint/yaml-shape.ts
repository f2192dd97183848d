import type { Document } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { nearest } from '../../model/nearest.ts';
import { isTemplated, type Report } from './report.ts';

interface Shape {
  types: readonly string[];
  isClosed: boolean;
  choices: readonly unknown[];
  required: string[];
  /** By key; `*` for any, `[]` for the items of a list. */
  inner: Map<string, Shape>;
}

const newShape = (): Shape => ({ types: ['any'], isClosed: false, choices: [], required: [], inner: new Map() });

/** Reads a table of cloud-tables.ts. */
export function readShape(table: string): Shape {
  const root = newShape();
  for (const line of table.trim().split('\n')) {
    const [, path = '', mark, types = '', closed, choices] =
      /^(\S+?)(!)? (\S+)( closed)?(?: (\[.*\]))?$/.exec(line) ?? [];
    const keys = path === '.' ? [] : path.split('/');
    let shape = root;
    keys.forEach((key, depth) => {
      if (mark !== undefined && depth === keys.length - 1) shape.required.push(key);
      const next = shape.inner.get(key) ?? newShape();
      shape.inner.set(key, next);
      shape = next;
    });
    shape.types = types.split('|');
    shape.isClosed = closed !== undefined;
    shape.choices = choices === undefined ? [] : (JSON.parse(choices) as unknown[]);
  }
  return root;
}

export interface YamlText {
  document: Document;
  lines: LineCounter;
}

/** Tells syntax errors; undefined when the file cannot be looked at further: it is broken, or a template. */
export function readYaml(report: Report, text: string): YamlText | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.1', // as PyYAML reads it, which both installers use: `yes` is true
    uniqueKeys: false,
  });
  if (document.errors.length > 0 && isTemplated(text)) return undefined;
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    report.error({ line, column: col, message: `This is no YAML: ${error.message}` });
  }
  return document.errors.length > 0 ? undefined : { document, lines };
}

interface Checked {
  text: string;
  report: Report;
  yaml: YamlText;
  /** A key that is not known is an error, or else a warning. */
  unknown: 'error' | 'warning';
}

/** Compares a value with what may stand there. */
export function checkShape(checked: Checked, value: Node, shape: Shape, path: string): void {
  const node = isAlias(value) ? value.resolve(checked.yaml.document) : value;
  if (!node || shape.types.includes('any') || isMark(checked, node)) return;
  const type = typeOf(node);
  const isRight = shape.types.includes(type) || (type === 'integer' && shape.types.includes('number'));
  if (!isRight && !(isScalar(node) && isTemplated(String(node.value)))) {
    tell(checked, node, `${path} must be ${shape.types.map(said).join(' or ')}, not ${said(type)}.`);
    return;
  }
  if (isMap(node)) checkMap(checked, node, shape, path);
  const items = shape.inner.get('[]');
  if (isSeq(node) && items) {
    for (const [nth, item] of node.items.entries()) checkShape(checked, item as Node, items, `${path}[${nth}]`);
  }
  if (!isScalar(node) || shape.choices.length === 0 || shape.choices.includes(node.value)) return;
  if (isTemplated(String(node.value))) return;
  tell(checked, node, `${path} cannot be ${JSON.stringify(node.value)}.`, `One of ${shape.choices.join(', ')}.`);
}

/** `{{ name }}` is a map of a map to YAML. */
const isMark = ({ text }: Checked, node: Node): boolean =>
  text.startsWith('{{', node.range?.[0] ?? 0) || text.startsWith('{%', node.range?.[0] ?? 0);

function checkMap(checked: Checked, map: YAMLMap, shape: Shape, path: string): void {
  const given = new Set<string>();
  const lasts = new Map(map.items.map(({ key, value }) => [isScalar(key) ? String(key.value) : '', value]));
  const isMerged = map.items.some(({ key }) => isScalar(key) && key.value === '<<');
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    if (given.has(name)) tellTwice(checked, key, name);
    given.add(name);
    if (lasts.get(name) !== value) continue; // PyYAML takes the last one
    const inner = shape.inner.get(name) ?? shape.inner.get('*');
    const at = path === '' ? name : `${path}.${name}`;
    if (inner && value) checkShape(checked, value as Node, inner, at);
    else if (!inner && shape.isClosed && name !== '<<' && !isTemplated(name)) tellUnknown(checked, key, shape, path);
  }
  const missing = shape.types.length === 1 && !isMerged ? shape.required.find(name => !given.has(name)) : undefined;
  if (missing !== undefined) tell(checked, map, `${path} wants ${missing}.`);
}

function tellUnknown(checked: Checked, key: Node & { value: unknown }, shape: Shape, path: string): void {
  const name = String(key.value);
  const meant = nearest(name, shape.inner.keys());
  const message = path === '' ? `There is no ${name} here.` : `${path} has no ${name}.`;
  const { line, col } = checked.yaml.lines.linePos(key.range?.[0] ?? 0);
  const hint = meant === undefined ? {} : { hint: `Did you mean ${meant}?` };
  checked.report[checked.unknown]({ line, column: col, message, ...hint });
}

function tellTwice({ report, yaml }: Checked, key: Node, name: string): void {
  const { line, col } = yaml.lines.linePos(key.range?.[0] ?? 0);
  report.warning({ line, column: col, message: `${name} stands here twice: only the last one counts.` });
}

function tell({ report, yaml }: Checked, node: Node, message: string, hint?: string): void {
  const { line, col } = yaml.lines.linePos(node.range?.[0] ?? 0);
  report.error({ line, column: col, message, ...(hint === undefined ? {} : { hint }) });
}

function typeOf(node: Node): string {
  if (isMap(node)) return 'object';
  if (isSeq(node)) return 'array';
  const value = isScalar(node) ? node.value : undefined;
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value === 'boolean' ? 'boolean' : 'string';
}

const SAID: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'empty',
};

const said = (type: string): string => SAID[type] ?? type;
