import { run } from '../exec.ts';
import { fillTemplate } from './fill-template.ts';
import { shellQuote } from './shell-quote.ts';

/** Go's names of the systems, which `only_on` uses. */
const SYSTEM = process.platform === 'win32' ? 'windows' : process.platform;
const ANY_EXIT_CODE = Array.from({ length: 256 }, (_, code) => code);

/** Whether `only_on` means this host; without names it does. */
export const isForThisHost = (onlyOn: readonly string[]): boolean => onlyOn.length === 0 || onlyOn.includes(SYSTEM);

export interface LocalScript {
  /** Absolute. */
  script: string;
  /** Words with `{{.Vars}}`, `{{.Script}}` and `{{.Command}}`. */
  executeCommand: readonly string[];
  variables: Record<string, string>;
  cwd: string;
  signal: AbortSignal;
  onLine(line: string): void;
}

/** A script of Packer's `shell-local` on this host, with the user's own environment. @returns its exit code */
export async function runLocalScript(given: LocalScript): Promise<number> {
  const { script, variables } = given;
  const quoted = Object.entries(variables).map(([name, value]) => `${name}=${shellQuote(value)} `);
  const fields = { Vars: quoted.sort().join(''), Script: script, Command: script };
  const [command = '', ...args] = given.executeCommand.map(word => fillTemplate(word, fields));
  const { exitCode } = await run(command, args, {
    cwd: given.cwd,
    inheritEnv: true,
    env: variables,
    signal: given.signal,
    onLine: given.onLine,
    okExitCodes: ANY_EXIT_CODE,
  });
  return exitCode;
}
