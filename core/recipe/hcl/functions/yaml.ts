import { toText } from '../numbers.ts';
import type { Value } from '../value.ts';
import { bad } from './define.ts';
import { jsonText } from './json.ts';

/** YAML in the way of go-cty-yaml: block style, every text and key in double quotes. */
export function toYaml(value: Value): string {
  return isScalar(value) ? `${scalar(value)}\n` : block(value, '');
}

function isScalar(value: Value): boolean {
  if ('items' in value) return value.items.length === 0;
  return 'entries' in value ? value.entries.size === 0 : true;
}

function scalar(value: Value): string {
  if (value.kind === 'string') return jsonText(value.value);
  if (value.kind === 'number') return toText(value.value);
  if (value.kind === 'bool') return String(value.value);
  if (value.kind === 'null') return 'null';
  if (value.kind === 'unknown') throw bad('a value is not known before the build');
  return 'items' in value ? '[]' : '{}';
}

function block(value: Value, indent: string): string {
  if ('items' in value) return value.items.map(item => listItem(item, indent)).join('');
  if (!('entries' in value)) return `${indent}${scalar(value)}\n`;
  return [...value.entries].map(([key, item]) => mapItem(key, item, indent)).join('');
}

function listItem(item: Value, indent: string): string {
  if (isScalar(item)) return `${indent}- ${scalar(item)}\n`;
  return `${indent}- ${block(item, `${indent}  `).slice(indent.length + 2)}`;
}

function mapItem(key: string, item: Value, indent: string): string {
  if (isScalar(item)) return `${indent}${jsonText(key)}: ${scalar(item)}\n`;
  return `${indent}${jsonText(key)}:\n${block(item, 'items' in item ? indent : `${indent}  `)}`;
}
