import type { StepName } from '../model/event.ts';
import type { FailureCode } from '../model/failure.ts';
import type { Facts } from './facts.ts';

/** Where a text stands: the failure's own words, what a program printed, a request to the answer server (`GET /x 404`). */
export type Where =
  | 'failure'
  | 'installer'
  | 'serial'
  | 'provisioner'
  | 'seal'
  | 'test'
  | 'qemu'
  | 'screen'
  | 'request';

/**
 * What a reason is known by, as data: a text, or for what no single line says, a question to all that is known.
 * `{1}` in a sentence is the first group of the pattern.
 */
export interface Rule {
  /** Unique; a test shows that every rule was exercised. */
  name: string;
  where: readonly Where[];
  pattern: RegExp;
  /** Only for failures with one of these codes, in one of these steps. */
  codes?: readonly FailureCode[];
  steps?: readonly StepName[];
  /** Holds beside the pattern. */
  isTrue?: (facts: Facts) => boolean;
  reason: string;
  tries: readonly string[];
}
