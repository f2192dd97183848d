import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { GoldsmithError } from '../model/failure.ts';
import type { Cli } from './cli.ts';

/**
 * Runs a program on our own terminal and returns its exit status. Not through core/exec.ts: an interactive
 * session needs the terminal itself, not pipes; and Ctrl-C is the program's own matter while it runs.
 */
export async function runAttached(argv: string[], cli: Cli): Promise<number> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: 'inherit', env: { ...cli.env } });
  return new Promise((resolve, reject) => {
    child.once('error', cause =>
      reject(
        new GoldsmithError('host-lacks', `${program} cannot be started: ${cause.message}`, {
          hint: 'Install the OpenSSH client.',
          cause,
        }),
      ),
    );
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
