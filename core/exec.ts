import { statSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import type { Options } from 'execa';
import { GoldsmithError } from './model/failure.ts';

const KEPT_LINES = 20;
/** Its status when the program is missing that it was to start. */
const NOT_FOUND_BY_SETPRIV = 127;

export interface RunOptions {
  cwd?: string;
  /** Added to a small clean environment, never to all of ours, unless `inheritEnv`. */
  env?: Record<string, string>;
  inheritEnv?: boolean;
  input?: string | Buffer;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Called with each line of stdout and stderr as it comes. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Called with stdout in pieces as they come: for programs that draw their progress with carriage returns. */
  onOutput?: (piece: string) => void;
  /** Exit statuses that are no failure; default `[0]`. */
  okExitCodes?: number[];
  /** The kernel ends it when we die, however we do: for what writes for minutes. On the main thread only. */
  diesWithUs?: boolean;
  /** Everybody else's work on this host comes first (nice(1)). */
  isBackground?: boolean;
}

export interface RunResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

const CLEAN_ENV = ['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'XDG_RUNTIME_DIR', 'SSH_ASKPASS_REQUIRE'];

/** What a program gets to see of our environment: nothing that could carry a secret or change its language. */
function environment(options: RunOptions): Record<string, string> {
  const base = options.inheritEnv ? process.env : Object.fromEntries(CLEAN_ENV.map(name => [name, process.env[name]]));
  const known = Object.entries(base).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return { ...Object.fromEntries(known), LC_ALL: 'C.UTF-8', ...options.env };
}

/**
 * Runs a program to its end: the one place where programs are started for their result. No shell.
 * @throws GoldsmithError `host-lacks` when the program is missing, `not-found` when the folder is, `timed-out`, `program-failed` with its last lines;
 *   an AbortError when `signal` fires.
 */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  const execaOptions: Options = {
    env: environment(options),
    extendEnv: false,
    reject: false,
    stripFinalNewline: true,
    forceKillAfterDelay: 2000,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  };
  const { execa } = await import('execa'); // takes a tenth of a second, and lists and helps start nothing
  const [program, words] = options.diesWithUs
    ? (['setpriv', ['--pdeathsig', 'KILL', command, ...args]] as const)
    : ([command, args] as const);
  const child = execa(program, words, execaOptions);
  if (options.isBackground && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const { onLine, onOutput } = options;
  if (onOutput) child.stdout?.setEncoding('utf8').on('data', onOutput);
  if (onLine) {
    forEachLine(child.stdout, line => onLine(line, 'stdout'));
    forEachLine(child.stderr, line => onLine(line, 'stderr'));
  }
  const result = await child;
  options.signal?.throwIfAborted();
  const outcome = {
    exitCode: result.exitCode ?? -1,
    stdout: String(result.stdout ?? ''),
    stderr: String(result.stderr ?? ''),
  };
  if (result.code === 'ENOENT' || result.code === 'ENOTDIR') requireFolder(command, options.cwd);
  if (result.code === 'ENOENT' || (options.diesWithUs && result.exitCode === NOT_FOUND_BY_SETPRIV)) {
    throw new GoldsmithError('host-lacks', `${result.code === 'ENOENT' ? program : command} is not installed.`, {
      hint: 'goldsmith doctor names the package.',
    });
  }
  if (result.timedOut) {
    throw new GoldsmithError('timed-out', `${command} took longer than ${options.timeoutMs} ms.`, {
      details: evidence(command, args, outcome),
    });
  }
  if (result.exitCode !== undefined && (options.okExitCodes ?? [0]).includes(result.exitCode)) return outcome;
  const how = result.signal ? `was ended by ${result.signal}` : `ended with status ${result.exitCode ?? result.code}`;
  throw new GoldsmithError('program-failed', `${command} ${how}: ${lastWords(outcome)}`, {
    details: evidence(command, args, outcome),
  });
}

/** A start in a folder that is not there fails as if the program were missing. */
function requireFolder(command: string, cwd: string | undefined): void {
  if (cwd === undefined || statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new GoldsmithError('not-found', `${command} cannot run in ${cwd}: there is no such folder.`);
}

/** Calls `use` for each whole line of a stream, and for a last one without an end. */
export function forEachLine(stream: NodeJS.ReadableStream | null | undefined, use: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) use(line);
  });
  stream?.on('end', () => {
    if (rest !== '') use(rest);
  });
}

const outputLines = (result: RunResult): string[] =>
  `${result.stdout}\n${result.stderr}`
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(-KEPT_LINES);

const lastWords = (result: RunResult): string => outputLines(result).at(-1) ?? 'it said nothing';

const evidence = (command: string, args: string[], result: RunResult) => ({
  command: [command, ...args].join(' '),
  exitCode: result.exitCode,
  lastLines: outputLines(result),
});
