import type { Value } from './value.ts';

/**
 * Values that only a running build has (`build.ID`). While a template is read they are texts with a mark of two
 * private characters, so that a function that would need their content can be refused; at the end they become `{{ .ID }}`.
 */
const OPENER = '\u{F0000}';
const CLOSER = '\u{F0001}';
const MARK = /\u{F0000}(\w+)\u{F0001}/gu;

/** The text that stands for a value of the build. */
export const buildPlaceholder = (name: string): Value => ({ kind: 'string', value: `${OPENER}${name}${CLOSER}` });

/** The same text as templates write it: filled in when the build runs. */
export const shownPlaceholders = (text: string): string =>
  text.includes(OPENER) ? text.replace(MARK, '{{ .$1 }}') : text;

/** Whether a value of the build stands anywhere in it. */
export function hasPlaceholder(value: Value): boolean {
  if (value.kind === 'string') return value.value.includes(OPENER);
  if ('items' in value) return value.items.some(hasPlaceholder);
  return 'entries' in value && [...value.entries.values()].some(hasPlaceholder);
}

/** Functions that put texts together or move values around, without looking into them. */
export const KEEPS_PLACEHOLDERS: ReadonlySet<string> = new Set([
  'chunklist',
  'coalesce',
  'coalescelist',
  'compact',
  'concat',
  'element',
  'flatten',
  'format',
  'formatlist',
  'indent',
  'join',
  'jsonencode',
  'keys',
  'lookup',
  'merge',
  'reverse',
  'slice',
  'templatefile',
  'values',
  'yamlencode',
  'zipmap',
]);
