import type { Command } from 'commander';
import type { Stamped } from '../../model/event.ts';
import { emptyState, foldEvent } from '../../model/fold.ts';
import { type Cli, type CommonOptions, collect, withExamples, withJson } from '../cli.ts';
import { pickBuild } from '../pick.ts';
import { isBackground, plainLine } from '../plain.ts';

interface Flags extends CommonOptions {
  follow?: boolean;
  all?: boolean;
  source?: string[];
}

export function registerLog(program: Command, cli: Cli): void {
  const command = program
    .command('log')
    .argument('[build]', 'a build, the beginning or end of its name, or an image (default: the newest build)')
    .description('Print what a build told: steps, requests, stages, provisioners, tests.')
    .option('-f, --follow', 'go on until the build has finished')
    .option('--all', 'every line of the installer, the serial console and QEMU too')
    .option('--source <name>', 'only lines of installer, serial, provisioner, seal, test, qemu (repeat it)', collect);
  withExamples(withJson(command), ['log -f', 'log debian-13 --all', 'log --source installer', 'log --json']).action(
    (build: string | undefined, flags: Flags) => log(build, flags, cli),
  );
}

async function log(named: string | undefined, flags: Flags, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const { id } = await pickBuild(engine, named);
  let state = emptyState();
  const onEvent = (event: Stamped): void => {
    state = foldEvent(state, event);
    if (flags.source && !(event.type === 'line' && flags.source.includes(event.source))) return;
    if (!flags.json && !flags.all && !flags.source && isBackground(event)) return;
    const line = flags.json ? JSON.stringify(event) : plainLine(event, state);
    if (line !== undefined) cli.print(line);
  };
  await engine.followLog(id, { follow: flags.follow === true }, { signal: cli.signal, onEvent });
}
