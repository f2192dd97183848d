import { run } from '../../exec.ts';
import { findProgram } from '../../host/programs.ts';
import type { Problem } from '../../model/failure.ts';
import type { AnswerKindName } from '../kinds/kinds.ts';
import type { LintResult } from './lint.ts';

interface Said {
  /** From 1; undefined where the program names none. */
  line?: number;
  message: string;
}

interface Asked {
  program: string;
  /** Each takes a file at a time. */
  arguments(file: string, version: string | undefined): string[];
  read(output: string): Said[];
}

/** The installers' own checkers, where they are installed: they know what we do not, and we what they do not. */
const OTHERS: Partial<Record<AnswerKindName, Asked>> = {
  kickstart: {
    program: 'ksvalidator',
    arguments: (file, version) => [...(version === undefined ? [] : ['--version', version]), file],
    read: output =>
      [...output.matchAll(/on line (\d+) of the kickstart file:\s*\n+([^\n]+)/g)].map(([, line, message = '']) => ({
        line: Number(line),
        message,
      })),
  },
  preseed: {
    program: 'debconf-set-selections',
    arguments: file => ['--checkonly', file],
    read: output =>
      [...output.matchAll(/^(?:error|warning): (.*?)(?: (?:on|skipping) line (\d+))?(?::.*)?$/gm)].map(
        ([, message = '', line]) => ({ ...(line === undefined ? {} : { line: Number(line) }), message }),
      ),
  },
  'user-data': {
    program: 'cloud-init',
    arguments: file => ['schema', '--config-file', file],
    read: output =>
      [...output.matchAll(/^Error:\s*(.*(?:\n(?!\S*Error|Valid|Invalid).+)*)/gm)].map(([, message = '']) => {
        const line = /format-l(\d+)/.exec(message)?.[1];
        return { ...(line === undefined ? {} : { line: Number(line) }), message: message.replace(/\s+/g, ' ').trim() };
      }),
  },
};

/** Each file is a start of another program, a third of a second for most: not for hundreds of files. */
export const MOST_ASKED = 20;

/** The programs that would be asked about these files, and are here. */
export const othersHere = (results: readonly LintResult[]): string[] => [
  ...new Set(results.flatMap(({ kind }) => programFor(kind)?.program ?? [])),
];

function programFor(kind: AnswerKindName | undefined): Asked | undefined {
  const other = kind === undefined ? undefined : OTHERS[kind];
  return other && findProgram(other.program) !== undefined ? other : undefined;
}

/**
 * What the installer's own checker says of a file, beside what was found already: a line that has a problem is not told
 * twice. Never fails: a program that cannot be run says nothing.
 */
export async function askOther(
  result: LintResult,
  version: string | undefined,
  signal: AbortSignal,
): Promise<Problem[]> {
  const other = programFor(result.kind);
  if (!other) return [];
  const asked = await run(other.program, other.arguments(result.file, version), {
    signal,
    timeoutMs: 20_000,
    okExitCodes: Array.from({ length: 256 }, (_, code) => code),
  }).catch(() => undefined);
  if (!asked) return [];
  const known = new Set(result.problems.map(({ place }) => place?.line));
  return other
    .read(`${asked.stdout}\n${asked.stderr}`)
    .filter(({ line }) => line === undefined || !known.has(line))
    .map(({ line, message }) => ({
      code: 'bad-answers',
      severity: 'warning',
      message: `${other.program} says: ${message}`,
      place: { file: result.file, ...(line === undefined ? {} : { line }) },
    }));
}
