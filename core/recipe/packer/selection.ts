import { globRegex } from '../hcl/functions/glob.ts';
import type { Reading } from './reading.ts';

/** Whether any of the names or globs (of `-only`, `-except`) matches; a glob's stars go over dots and slashes. */
export const isNamed = (name: string, patterns: readonly string[]): boolean =>
  patterns.some(pattern => pattern === name || globRegex(pattern, '').test(name));

/** Whether a builder is to be run, by `-only` and `-except`. */
export const isSelected = (name: string, reading: Reading): boolean =>
  (reading.only.length === 0 || isNamed(name, reading.only)) && !isNamed(name, reading.except);
