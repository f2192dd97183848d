import type { Readable, Writable } from 'node:stream';
import type { Command } from 'commander';
import type { Engine } from '../model/engine.ts';
import type { Style } from './style.ts';

export type Output = Writable & { isTTY?: boolean; columns?: number; rows?: number };
export type Input = Readable & { isTTY?: boolean; setRawMode?: (isRaw: boolean) => unknown };

/** What a command line runs in. Tests bring their own streams and engine. */
export interface Surroundings {
  stdin: Input;
  stdout: Output;
  stderr: Output;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Fires at the first Ctrl-C, SIGTERM or SIGHUP. */
  signal: AbortSignal;
  openEngine(): Promise<Engine>;
}

/** What a command gets: its surroundings, the engine once it asks for it, and a way to say how it ended. */
export interface Cli extends Surroundings {
  /** The same engine at every call. */
  engine(): Promise<Engine>;
  style: Style;
  /** One line, or several, to stdout. */
  print(text: string): void;
  /** For a command that ends with the status of another program; errors set theirs by being thrown. */
  exitCode: number;
  /** The step a build failed in, to be told with its error. */
  failedStep: string | undefined;
}

export interface CommonOptions {
  json?: boolean;
}

/** Every command has these. */
export const withJson = (command: Command): Command => command.option('--json', 'print JSON for programs');

/** The last line of a command that tells events as JSON: `ok` and the result's own fields. */
export const resultLine = (result: object): string => JSON.stringify({ type: 'result', ok: true, ...result });

/** Examples below a command's help. */
export const withExamples = (command: Command, examples: string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${examples.map(example => `  $ goldsmith ${example}`).join('\n')}`);

/** Collects an option that may be given several times. */
export const collect = (value: string, all: string[] = []): string[] => [...all, value];
