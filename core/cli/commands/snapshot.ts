import type { Command } from 'commander';
import { formatBytes } from '../../model/quantity.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { formatTable } from '../table.ts';

interface Flags extends CommonOptions {
  load?: string;
  delete?: string;
}

export function registerSnapshot(program: Command, cli: Cli): void {
  const command = program
    .command('snapshot')
    .argument('<vm>', 'a machine that was started with run --keep: its name, or the image it runs')
    .argument('[name]', 'save the machine as it runs under this name; nothing: list what is saved')
    .description('Save a test machine (disk, memory, devices), and go back to where it was saved.')
    .option('--load <name>', 'go back to this snapshot')
    .option('--delete <name>', 'forget this snapshot');
  withExamples(withJson(command), [
    'snapshot tiny',
    'snapshot tiny before-upgrade',
    'snapshot tiny --load before-upgrade',
  ]).action((vm: string, name: string | undefined, flags: Flags) => snapshot(vm, name, flags, cli));
}

async function snapshot(vm: string, name: string | undefined, flags: Flags, cli: Cli): Promise<void> {
  const [work, wanted] = workOf(name, flags);
  const all = await (await cli.engine()).snapshots(vm, work, wanted);
  if (flags.json) return cli.print(JSON.stringify(all));
  if (all.length === 0) return cli.print(`No snapshots. goldsmith snapshot ${vm} NAME takes one.`);
  const rows = all.map(({ name: saved, at, memoryBytes }) => [
    saved,
    at,
    memoryBytes === undefined ? '' : formatBytes(memoryBytes),
  ]);
  cli.print(formatTable(['SNAPSHOT', 'TAKEN', 'MEMORY'], rows, cli.style));
}

function workOf(name: string | undefined, flags: Flags): ['list' | 'save' | 'load' | 'delete', string] {
  if (flags.load !== undefined) return ['load', flags.load];
  if (flags.delete !== undefined) return ['delete', flags.delete];
  return name === undefined ? ['list', ''] : ['save', name];
}
