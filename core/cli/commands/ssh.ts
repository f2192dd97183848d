import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import type { Session } from '../session.ts';

export function register(program: Command, session: Session): void {
  program
    .command('ssh <machine> [command...]')
    .description(
      'Log in to a running machine with its own key and pinned host key; nothing of your own SSH set-up is used.',
    )
    .option('--json', 'print the command instead of running it', false)
    .passThroughOptions()
    .action(async (machine: string, command: string[], { json }: { json: boolean }) => {
      session.isJson = json;
      const { argv } = await (await session.engine()).ssh(machine, command);
      if (json) return session.json({ argv });
      const [program = 'ssh', ...args] = argv;
      session.exitStatus = await new Promise<number>(resolve => {
        // A person's own terminal, so no pipe in between.
        spawn(program, args, { stdio: 'inherit' }).on('exit', code => resolve(code ?? 255));
      });
    });
  program.enablePositionalOptions();
}
