import type { Problem } from '../../model/failure.ts';

export interface LintOptions {
  /** As it is named in places. */
  file: string;
  /** The release the file is for, for example `RHEL9`, `F43`; undefined: whatever any of them takes is right. */
  version?: string;
  /** Size of the disk that the system is installed on, where it is known. */
  diskMiB?: number;
}

interface Finding {
  /** From 1. */
  line: number;
  column?: number;
  message: string;
  hint?: string;
}

/** Collects what is wrong with one answer file, each with its place. */
export class Report {
  readonly problems: Problem[] = [];
  readonly #lines: readonly string[];

  constructor(
    readonly file: string,
    text: string,
  ) {
    this.#lines = text.split('\n');
  }

  error(finding: Finding): void {
    this.#add('error', finding);
  }

  warning(finding: Finding): void {
    this.#add('warning', finding);
  }

  /** In the order of the lines. */
  sorted(): Problem[] {
    return this.problems.toSorted((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0));
  }

  #add(severity: Problem['severity'], { line, column, message, hint }: Finding): void {
    const source = this.#lines[line - 1]?.replace(/\r$/, '');
    this.problems.push({
      code: 'bad-answers',
      severity,
      message,
      ...(hint === undefined ? {} : { hint }),
      place: {
        file: this.file,
        line,
        ...(column === undefined ? {} : { column }),
        ...(source === undefined ? {} : { source }),
      },
    });
  }
}

/** A crypted password has dollars too. */
const CRYPTED = /\$(\d\w?|y|gy|2[abxy]|sha1|md5)\$\S+/g;
const MARKS = /\{\{|\$\{|\{%|%\{|<%|\$[A-Za-z_]|@@?[A-Z][A-Z0-9_]*@|^<[\w -]+>$|^[A-Z][A-Z0-9]*(_[A-Z0-9]+){2,}$/;

/** A template's mark: what stands there is known only once it is rendered. */
export const isTemplated = (text: string): boolean => MARKS.test(text.replace(CRYPTED, ''));
