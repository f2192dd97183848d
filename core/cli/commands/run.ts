import path from 'node:path';
import type { Command } from 'commander';
import { GoldsmithError } from '../../model/failure.ts';
import type { RunVmOptions, VmInfo } from '../../model/vm.ts';
import { runAttached } from '../attached.ts';
import { type Cli, type CommonOptions, resultLine, withExamples, withJson } from '../cli.ts';
import {
  type DriverFlags,
  driverChoice,
  parseCount,
  parseForward,
  parseMemory,
  withDriverOptions,
} from '../options.ts';
import { createProgress } from '../progress.ts';
import { formatFields, formatTable } from '../table.ts';

interface Flags extends CommonOptions, DriverFlags {
  userData?: string;
  keep?: boolean;
  memory?: number;
  cpus?: number;
  forward?: { hostPort: number; guestPort: number }[];
  wait: boolean;
}

export function registerRun(program: Command, cli: Cli): void {
  const command = program
    .command('run')
    .argument('[image]', 'image, image@version or image@channel; nothing: list the machines that run')
    .argument('[command...]', 'run this in the guest, then end the VM with its exit status')
    .description('Start a VM on a throwaway overlay of a release. It ends with Ctrl-C, unless it is kept.')
    .option('--user-data <file>', 'cloud-init user data (default: a user with a new key)')
    .option('--keep', 'leave it running; goldsmith rm NAME ends it')
    .option('--memory <size>', 'e.g. 2G (default: as it was tested)', parseMemory)
    .option('--cpus <count>', 'virtual CPUs', parseCount)
    .option('--forward <ports>', 'reach a guest port at 127.0.0.1: HOSTPORT:GUESTPORT (repeat it)', parseForward)
    .option('--no-wait', 'do not wait until it answers over SSH');
  withExamples(withJson(withDriverOptions(command)), [
    'run debian-13',
    'run --keep --forward 8080:80 debian-13',
    'run debian-13 -- uname -a',
  ]).action((ref: string | undefined, words: string[], flags: Flags) =>
    ref === undefined ? list(flags, cli) : run(ref, words, flags, cli),
  );
}

async function list(flags: CommonOptions, cli: Cli): Promise<void> {
  const vms = await (await cli.engine()).vms();
  if (flags.json) return cli.print(JSON.stringify(vms));
  if (vms.length === 0) return cli.print('No machine is running. goldsmith run IMAGE starts one.');
  const rows = vms.map(({ id, kind, image, version, startedAt }) => [
    id,
    `${image}${version ? `@${version}` : ''}`,
    kind,
    startedAt,
  ]);
  cli.print(formatTable(['MACHINE', 'IMAGE', 'KIND', 'SINCE'], rows, cli.style));
}

async function run(ref: string, words: string[], flags: Flags, cli: Cli): Promise<void> {
  if (words.length > 0 && (flags.keep || !flags.wait)) {
    throw new GoldsmithError('usage', 'A command ends the VM: it goes with neither --keep nor --no-wait.');
  }
  const engine = await cli.engine();
  const progress = await createProgress(cli, flags);
  const vm = await engine
    .run(ref, vmOptions(flags, cli.cwd), { signal: cli.signal, onEvent: progress.onEvent })
    .finally(progress.stop);
  if (words.length > 0) return runCommand(vm, words, cli);
  cli.print(flags.json ? resultLine(vm) : describe(vm, flags.keep === true, cli));
  if (!flags.keep) await engine.waitForVm(vm.id, cli.signal);
}

async function runCommand(vm: VmInfo, words: string[], cli: Cli): Promise<void> {
  const engine = await cli.engine();
  try {
    const { argv } = await engine.ssh(vm.id, words);
    cli.exitCode = await runAttached(argv, cli);
  } finally {
    await engine.remove(vm.id, { force: true });
  }
}

const vmOptions = (flags: Flags, cwd: string): RunVmOptions => ({
  keep: flags.keep === true,
  forwards: flags.forward ?? [],
  waitForSsh: flags.wait,
  ...driverChoice(flags),
  ...(flags.userData === undefined ? {} : { userData: path.resolve(cwd, flags.userData) }),
  ...(flags.memory === undefined ? {} : { memoryMiB: flags.memory }),
  ...(flags.cpus === undefined ? {} : { cpus: flags.cpus }),
});

function describe(vm: VmInfo, isKept: boolean, { style }: Cli): string {
  const fields: [string, string | undefined][] = [
    ['machine', `${vm.id} (${vm.image}${vm.version ? `@${vm.version}` : ''})`],
    ['log in', vm.ssh && `goldsmith ssh ${vm.id}`],
    ['console', vm.serialSocket && `goldsmith console ${vm.id}`],
    ...vm.forwards.map(({ host, port, guestPort }): [string, string] => [`port ${guestPort}`, `${host}:${port}`]),
    ['end it', isKept ? `goldsmith rm ${vm.id}` : 'Ctrl-C'],
  ];
  return formatFields(fields, style);
}
