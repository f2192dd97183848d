import type { Command } from 'commander';
import { type CheckpointInfo, treeOf } from '../../model/checkpoint.ts';
import { formatBytes, formatMs } from '../../model/quantity.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { pickBuild } from '../pick.ts';
import type { Style } from '../style.ts';
import { formatTable } from '../table.ts';

interface Flags extends CommonOptions {
  take?: string;
}

export function registerCheckpoints(program: Command, cli: Cli): void {
  const command = program
    .command('checkpoints')
    .argument('[build]', 'a build, the beginning or end of its name, or an image (default: the newest build)')
    .description(
      'List the moments that a build can go back to: disks, memory and devices, saved at its turning points.',
    )
    .option('--take <name>', 'save the moment of a running build under a name');
  withExamples(withJson(command), [
    'checkpoints',
    'checkpoints debian-13',
    "checkpoints --take 'before I look'",
  ]).action((build: string | undefined, flags: Flags) => checkpoints(build, flags, cli));
}

async function checkpoints(named: string | undefined, flags: Flags, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const { id } = await pickBuild(engine, named);
  if (flags.take !== undefined) {
    const taken = await engine.checkpoint(id, flags.take);
    const { pauseMs, memoryBytes } = taken;
    const cost = `${formatBytes(memoryBytes)}, the guest stood for ${pauseMs} ms`;
    return cli.print(flags.json ? JSON.stringify(taken) : `${taken.id}  ${taken.name}  (${cost})`);
  }
  const all = await engine.checkpoints(id);
  if (flags.json) return cli.print(JSON.stringify(all));
  if (all.length === 0) return cli.print(`${id} has no checkpoints.`);
  const rows = treeOf(all).map(({ checkpoint, depth }) => rowOf(checkpoint, depth, cli.style));
  cli.print(formatTable(['ID', 'CHECKPOINT', 'TAKEN', 'STOOD', 'SIZE', ''], rows, cli.style));
  const sum = all.reduce((bytes, one) => bytes + one.bytes, 0);
  cli.print(cli.style.dim(`${formatBytes(sum)} in all. Go back: goldsmith rewind ${id} ID`));
}

function rowOf(one: CheckpointInfo, depth: number, style: Style): string[] {
  const remark = one.isGone ? style.dim('given up for space') : (one.diskOnly ?? '');
  return [
    style.bold(one.id),
    `${'  '.repeat(depth)}${one.name}`,
    one.at.slice(11, 19),
    formatMs(one.pauseMs),
    formatBytes(one.bytes),
    one.isCurrent ? style.cyan('the machine grew from here') : remark,
  ];
}
