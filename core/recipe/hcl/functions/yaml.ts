import { toText } from '../numbers.ts';
import type { Value } from '../value.ts';
import { bad } from './define.ts';
import { jsonText } from './json.ts';

/** YAML in the way of go-cty-yaml: block style, every text and key in double quotes. */
export function toYaml(value: Value): string {
  return isScalar(value) ? `${scalar(value, '')}\n` : block(value, '');
}

function isScalar(value: Value): boolean {
  if ('items' in value) return value.items.length === 0;
  return 'entries' in value ? value.entries.size === 0 : true;
}

function scalar(value: Value, indent: string): string {
  if (value.kind === 'string')
    return value.value.includes('\n') ? literalBlock(value.value, indent) : jsonText(value.value);
  if (value.kind === 'number') return toText(value.value);
  if (value.kind === 'bool') return String(value.value);
  if (value.kind === 'null') return 'null';
  if (value.kind === 'unknown') throw bad('a value is not known before the build');
  return 'items' in value ? '[]' : '{}';
}

/** `|` keeps the last line end, `|-` says there is none, `|+` that there are more. */
function literalBlock(text: string, indent: string): string {
  const ends = text.length - text.replace(/\n+$/, '').length;
  const chomping = ends === 0 ? '-' : ends > 1 ? '+' : '';
  const lines = text.slice(0, text.length - Math.min(ends, 1)).split('\n');
  return `|${chomping}\n${lines.map(line => (line === '' ? '' : `${indent}  ${line}`)).join('\n')}`;
}

function block(value: Value, indent: string): string {
  if ('items' in value) return value.items.map(item => listItem(item, indent)).join('');
  if (!('entries' in value)) return `${indent}${scalar(value, indent)}\n`;
  return [...value.entries].map(([key, item]) => mapItem(key, item, indent)).join('');
}

function listItem(item: Value, indent: string): string {
  if (isScalar(item)) return `${indent}- ${scalar(item, indent)}\n`;
  return `${indent}- ${block(item, `${indent}  `).slice(indent.length + 2)}`;
}

function mapItem(key: string, item: Value, indent: string): string {
  if (isScalar(item)) return `${indent}${jsonText(key)}: ${scalar(item, indent)}\n`;
  return `${indent}${jsonText(key)}:\n${block(item, 'items' in item ? indent : `${indent}  `)}`;
}
