import type { Command } from 'commander';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { pickVm } from '../pick.ts';
import { attachConsole } from '../serial-console.ts';

export function registerConsole(program: Command, cli: Cli): void {
  const command = program
    .command('console')
    .argument('[machine]', 'a build, a VM, or an image (default: the only one that runs)')
    .description('Connect this terminal to the serial console. Ctrl-] leaves it; the machine goes on.');
  withExamples(withJson(command), ['console', 'console debian-13']).action(
    (machine: string | undefined, flags: CommonOptions) => openConsole(machine, flags, cli),
  );
}

async function openConsole(machine: string | undefined, flags: CommonOptions, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const { id } = await pickVm(engine, machine);
  const place = await engine.console(id);
  if (flags.json) return cli.print(JSON.stringify({ id, ...place }));
  cli.stderr.write(cli.style.dim(`Serial console of ${id}. Ctrl-] leaves.\n`));
  await attachConsole(place, cli);
  cli.stderr.write('\n');
}
