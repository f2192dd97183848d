import type { Command } from 'commander';
import type { Removal } from '../../model/image.ts';
import { formatBytes } from '../../model/quantity.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';

interface Flags extends CommonOptions {
  force?: boolean;
}

export function registerRm(program: Command, cli: Cli): void {
  const command = program
    .command('rm')
    .argument('<what...>', 'image@version, a finished build, or a kept VM')
    .description('Remove releases, finished builds or kept VMs.')
    .option('-f, --force', 'also a release that a channel names');
  withExamples(withJson(command), ['rm debian-13@v1.1', 'rm 20261120-101500-k3f9']).action(
    (what: string[], flags: Flags) => remove(what, flags, cli),
  );
}

/** One after the other, and the first that cannot be removed ends it: what was removed before is told. */
async function remove(what: string[], flags: Flags, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const removed: Removal[] = [];
  for (const name of what) {
    const removal = await engine.remove(name, { force: flags.force === true });
    removed.push(removal);
    if (!flags.json) cli.print(`Removed ${removal.kind} ${removal.name} (${formatBytes(removal.freedBytes)}).`);
  }
  if (flags.json) cli.print(JSON.stringify(removed));
}
