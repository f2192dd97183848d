import type { GoValue } from './ast.ts';

/** A value as a template prints it. */
export function goText(value: GoValue): string {
  if (typeof value === 'string') return value;
  if (value === null) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value === 'object') return `map[${entriesText(value)}]`;
  return String(value);
}

const entriesText = (value: { [key: string]: GoValue }): string =>
  Object.entries(value)
    .sort()
    .map(([key, item]) => `${key}:${goText(item)}`)
    .join(' ');

/** Go's idea of truth: false, 0, nil and everything empty are not true. */
export function isTrue(value: GoValue): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== null && typeof value === 'object' ? Object.keys(value).length > 0 : Boolean(value);
}
