import Table from 'cli-table3';
import type { Style } from './style.ts';

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Rows in aligned columns under a head, without lines: easy to read and to cut. */
export function formatTable(head: string[], rows: string[][], style: Style): string {
  const table = new Table({
    head: head.map(style.dim),
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  table.push(...rows);
  return table
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n');
}

/** `name  value` lines, names aligned; those without a value are left out. */
export function formatFields(fields: [name: string, value: string | undefined][], style: Style): string {
  const known = fields.filter((field): field is [string, string] => field[1] !== undefined && field[1] !== '');
  const width = Math.max(0, ...known.map(([name]) => name.length));
  const indent = `\n${' '.repeat(width + 2)}`;
  return known.map(([name, value]) => `${style.dim(name.padEnd(width))}  ${value.replaceAll('\n', indent)}`).join('\n');
}
