import type { Failure } from './failure.ts';

/** Why a build stopped, as far as a rule knows it. */
export interface Finding {
  /** Name of the rule. */
  rule: string;
  reason: string;
  /** Lines that say so, oldest first. */
  evidence: string[];
  /** What to try, best first. */
  tries: string[];
}

export interface Explanation {
  build: string;
  /** Undefined: it did not fail, or it still runs. */
  failure?: Failure;
  /** The most telling first; empty when no rule fits. */
  findings: Finding[];
}
