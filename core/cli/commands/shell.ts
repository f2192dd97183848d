import type { Command } from 'commander';
import { runAttached } from '../attached.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { pickVm } from '../pick.ts';
import { attachConsole } from '../serial-console.ts';

export function registerShell(program: Command, cli: Cli): void {
  const command = program
    .command('shell')
    .argument('[machine]', 'a build, a VM, or an image (default: the only one that runs)')
    .description(
      "Open a shell in the guest: over SSH where the build is logged in; while it installs, the installer's own, on the serial console (Ctrl-] leaves it).",
    );
  withExamples(withJson(command), ['shell', 'shell debian-13']).action(
    (machine: string | undefined, flags: CommonOptions) => openShell(machine, flags, cli),
  );
}

async function openShell(machine: string | undefined, { json }: CommonOptions, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const { id } = await pickVm(engine, machine);
  const way = await engine.shell(id);
  if (json) return cli.print(JSON.stringify({ id, ...way }));
  if (way.via === 'ssh') {
    cli.exitCode = await runAttached(way.argv, cli);
    return;
  }
  cli.stderr.write(cli.style.dim(`The installer's shell in ${id}, on its serial console. Ctrl-] leaves.\n`));
  await attachConsole(way, cli, way.keys);
  cli.stderr.write('\n');
}
