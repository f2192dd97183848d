import type { Command } from 'commander';
import { runAttached } from '../attached.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { pickVm } from '../pick.ts';

export function registerSsh(program: Command, cli: Cli): void {
  const command = program
    .command('ssh')
    .argument('[machine]', 'a build, a VM, or an image (default: the only one that runs)')
    .argument('[command...]', 'run this instead of a shell')
    .description("Log in with OpenSSH: the build's own key, its pinned host key, nothing of your ~/.ssh.")
    .passThroughOptions();
  withExamples(withJson(command), ['ssh', 'ssh debian-13', 'ssh debian-13 systemctl status']).action(
    (machine: string | undefined, words: string[], flags: CommonOptions) => ssh(machine, words, flags, cli),
  );
}

async function ssh(machine: string | undefined, words: string[], flags: CommonOptions, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const { argv } = await engine.ssh((await pickVm(engine, machine)).id, words);
  if (flags.json) return cli.print(JSON.stringify({ argv }));
  cli.exitCode = await runAttached(argv, cli);
}
