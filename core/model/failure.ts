/**
 * What can go wrong, as one closed table: the code a program decides by, the exit status the command line ends
 * with, and what the code means. Text is for people; nothing may be decided by it.
 */
export const FAILURES = {
  unexpected: { exit: 1, means: 'a fault of Goldsmith itself' },
  'build-failed': { exit: 1, means: 'a build step failed' },
  usage: { exit: 2, means: 'the command line is wrong' },
  'bad-lab': { exit: 3, means: 'lab.yaml is wrong' },
  'bad-recipe': { exit: 3, means: 'a Packer template is wrong' },
  unsupported: { exit: 3, means: 'a recipe asks for something Goldsmith does not do' },
  'bad-answers': { exit: 3, means: 'an answer file is wrong or missing' },
  'bad-boot-command': { exit: 3, means: 'a boot command cannot be typed' },
  'host-lacks': { exit: 4, means: 'the host lacks a program, firmware or permission' },
  'program-failed': { exit: 4, means: 'a program Goldsmith called ended with an error' },
  'source-unreachable': { exit: 5, means: 'a source could not be downloaded' },
  'checksum-mismatch': { exit: 5, means: 'a file is not the one its checksum names' },
  'signature-invalid': { exit: 5, means: 'a signature is missing or wrong' },
  'source-unsafe': { exit: 5, means: 'an image or ISO is not what it claims to be' },
  'qemu-failed': { exit: 6, means: 'QEMU did not start, or died' },
  'libvirt-failed': { exit: 6, means: 'libvirt refused or failed, or its connection was lost' },
  'installer-stopped': { exit: 6, means: 'the installer stopped or asks a question' },
  'guest-panicked': { exit: 6, means: 'the guest kernel panicked' },
  'guest-unreachable': { exit: 6, means: 'the guest did not answer over SSH' },
  'guest-auth': { exit: 6, means: 'the guest refused the login' },
  'host-key-changed': { exit: 6, means: 'the guest shows another SSH host key than the pinned one' },
  'provision-failed': { exit: 6, means: 'a provisioner failed' },
  'seal-failed': { exit: 6, means: 'the image could not be sealed' },
  'timed-out': { exit: 6, means: 'a step took longer than its limit' },
  'tests-failed': { exit: 7, means: 'the candidate did not pass its tests; it is kept and never resolves' },
  'secret-leaked': { exit: 7, means: 'a key or secret of the build was found in the image' },
  'not-found': { exit: 8, means: 'no such image, build, release or file' },
  exists: { exit: 9, means: 'the name is taken; a release is never rewritten' },
  busy: { exit: 9, means: 'another process holds what is needed' },
  'disk-full': { exit: 10, means: 'no space is left on the host' },
  'store-damaged': { exit: 10, means: 'a file of the store is not what its manifest says' },
  cancelled: { exit: 130, means: 'cancelled by the user' },
} as const satisfies Record<string, { exit: number; means: string }>;

export type FailureCode = keyof typeof FAILURES;

/** A place in a text file a person wrote; line and column count from 1. */
export interface Place {
  file: string;
  line?: number;
  column?: number;
  /** The line itself, to be shown with a mark under the column. */
  source?: string;
}

/** What is known beyond the sentence. All of it is safe to show: secrets are masked before it is stored. */
export interface FailureDetails {
  place?: Place;
  command?: string;
  exitCode?: number;
  /** The last lines of output, newest last. */
  lastLines?: string[];
  [key: string]: unknown;
}

/** A failure as plain data: in journals, `--json` and answers of the contract. */
export interface Failure {
  code: FailureCode;
  message: string;
  hint?: string;
  step?: string;
  details?: FailureDetails;
}

/** The one error class. The message says what, the hint what to do, the details carry the evidence. */
export class GoldsmithError extends Error {
  readonly hint: string | undefined;
  readonly details: FailureDetails;

  constructor(
    readonly code: FailureCode,
    message: string,
    options: { hint?: string | undefined; details?: FailureDetails; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GoldsmithError';
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** A problem found while checking: a value, so that all of them can be shown at once. */
export interface Problem {
  code: FailureCode;
  message: string;
  severity: 'error' | 'warning' | 'note';
  hint?: string;
  place?: Place;
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

/** Any thrown value as plain data. An abort is a cancellation; what is not ours is `unexpected`. */
export function toFailure(error: unknown, step?: string): Failure {
  const failure: Failure =
    error instanceof GoldsmithError
      ? { code: error.code, message: error.message }
      : isAbort(error)
        ? { code: 'cancelled', message: 'Cancelled.' }
        : { code: 'unexpected', message: error instanceof Error ? error.message : String(error) };
  if (error instanceof GoldsmithError && error.hint) failure.hint = error.hint;
  if (error instanceof GoldsmithError && Object.keys(error.details).length > 0) failure.details = error.details;
  if (step) failure.step = step;
  return failure;
}
