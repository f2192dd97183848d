import path from 'node:path';
import { type Command, Option } from 'commander';
import {
  DESCRIBED_FORMATS,
  type DescribedFormat,
  type LongLivedInfo,
  type LongLivedOptions,
} from '../../model/long-lived.ts';
import { runAttached } from '../attached.ts';
import { type Cli, type CommonOptions, resultLine, withExamples, withJson } from '../cli.ts';
import { parseCount, parseMemory } from '../options.ts';
import { createProgress } from '../progress.ts';
import { attachConsole } from '../serial-console.ts';
import { formatFields, formatTable } from '../table.ts';

interface CreateFlags extends CommonOptions {
  name: string;
  uri?: string;
  userData?: string;
  memory?: number;
  cpus?: number;
  disk?: number[];
  network?: string;
  pool?: string;
  accelerator?: 'kvm' | 'tcg';
  autostart?: boolean;
  start: boolean;
  to?: DescribedFormat;
}

interface ForceFlags extends CommonOptions {
  force?: boolean;
}

interface StopFlags extends ForceFlags {
  save?: boolean;
}

export function registerVm(program: Command, cli: Cli): void {
  const vm = program
    .command('vm')
    .description('Machines from releases that live in a libvirt until you remove them: seen in virt-manager, too.')
    .action((flags: CommonOptions) => list(flags, cli));
  withExamples(withJson(vm), ['vm create debian-13 --name web', 'vm list', 'vm ssh web', 'vm rm web']);
  registerCreate(vm, cli);
  withJson(vm.command('list').description('list them with their states')).action((flags: CommonOptions) =>
    list(flags, cli),
  );
  withJson(named(vm, 'start', 'start one')).action(async (name: string, flags: CommonOptions) =>
    tell(await (await cli.engine()).machines.start(name), flags, cli),
  );
  const stop = named(vm, 'stop', 'press its power button, and wait')
    .option('--force', 'end it at once')
    .addOption(new Option('--save', 'keep its memory: its next start goes on from there').conflicts('force'));
  withJson(stop).action(async (name: string, { force, save, ...flags }: StopFlags) => {
    const how = force ? 'force' : save ? 'save' : 'ask';
    tell(await (await cli.engine()).machines.stop(name, how), flags, cli);
  });
  named(vm, 'console', 'use its serial console; Ctrl-] leaves it').action(async (name: string) => {
    const place = await (await cli.engine()).machines.console(name);
    await attachConsole(place, cli).finally(place.close);
  });
  named(vm, 'ssh', 'log in to it')
    .argument('[command...]', 'run this instead of a shell')
    .passThroughOptions()
    .action(async (name: string, words: string[]) => {
      const { argv } = await (await cli.engine()).machines.ssh(name, words);
      cli.exitCode = await runAttached(argv, cli);
    });
  withJson(named(vm, 'rm', 'remove it with its disks').option('--force', 'also while it runs')).action(
    async (name: string, flags: ForceFlags) => {
      const removal = await (await cli.engine()).machines.remove(name, { force: flags.force === true });
      cli.print(flags.json ? resultLine(removal) : `Removed ${removal.name}.`);
    },
  );
}

const named = (vm: Command, verb: string, summary: string): Command =>
  vm.command(verb).argument('<name>', 'the machine').description(summary);

function registerCreate(vm: Command, cli: Cli): void {
  const command = vm
    .command('create')
    .argument('<image>', 'image, image@version or image@channel')
    .description('make a machine from a release, on disks of its own')
    .requiredOption('--name <name>', 'its name')
    .option('--user-data <file>', 'cloud-init user data (default: a user with a new key)')
    .option('--memory <size>', 'e.g. 2G (default: as it was tested)', parseMemory)
    .option('--cpus <count>', 'virtual CPUs', parseCount)
    .option('--disk <size>', 'size of the first disk; then of further ones (repeat it)', parseDisk)
    .option('--network <name>', "a network of that libvirt (default: QEMU's user network)")
    .option('--pool <name>', "a storage pool of that libvirt, where it does not run as you (default: Goldsmith's own)")
    .addOption(
      new Option('--accelerator <name>', 'on another host (default: kvm if it has it)').choices(['kvm', 'tcg']),
    )
    .option('--autostart', 'start it with its libvirt: on a system, with the host')
    .option('--no-start', 'do not start it now')
    .option('--uri <uri>', 'which libvirt (default: qemu:///session)')
    .addOption(new Option('--to <format>', 'print it for another tool, and make nothing').choices(DESCRIBED_FORMATS));
  withExamples(withJson(command), [
    'vm create debian-13 --name web --memory 2G --disk 20G --autostart',
    'vm create debian-13@stable --name web --to terraform > web.tf',
  ]).action((ref: string, flags: CreateFlags) => create(ref, flags, cli));
}

const parseDisk = (text: string, all: number[] = []): number[] => [...all, parseMemory(text)];

async function create(ref: string, flags: CreateFlags, cli: Cli): Promise<void> {
  const { machines } = await cli.engine();
  const progress = await createProgress(cli, flags);
  const watch = { signal: cli.signal, onEvent: progress.onEvent };
  const options = createOptions(flags, cli.cwd);
  if (flags.to !== undefined) {
    return cli.print((await machines.describe(ref, options, flags.to, watch).finally(progress.stop)).trimEnd());
  }
  tell(await machines.create(ref, options, watch).finally(progress.stop), flags, cli);
}

const createOptions = (flags: CreateFlags, cwd: string): LongLivedOptions => ({
  name: flags.name,
  disksMiB: flags.disk ?? [],
  isAutostarted: flags.autostart === true,
  isStarted: flags.start,
  ...(flags.uri === undefined ? {} : { uri: flags.uri }),
  ...(flags.userData === undefined ? {} : { userData: path.resolve(cwd, flags.userData) }),
  ...(flags.memory === undefined ? {} : { memoryMiB: flags.memory }),
  ...(flags.cpus === undefined ? {} : { cpus: flags.cpus }),
  ...(flags.network === undefined ? {} : { network: flags.network }),
  ...(flags.pool === undefined ? {} : { pool: flags.pool }),
  ...(flags.accelerator === undefined ? {} : { accelerator: flags.accelerator }),
});

function tell(info: LongLivedInfo, { json }: CommonOptions, cli: Cli): void {
  cli.print(json ? resultLine(info) : formatFields(fieldsOf(info), cli.style));
}

function fieldsOf({ name, image, version, state, uri }: LongLivedInfo): [string, string | undefined][] {
  const isOn = state === 'running';
  return [
    ['machine', `${name} (${image}@${version})`],
    ['state', state],
    ['libvirt', uri],
    ['log in', isOn ? `goldsmith vm ssh ${name}` : undefined],
    ['console', isOn ? `goldsmith vm console ${name}` : undefined],
  ];
}

async function list({ json }: CommonOptions, cli: Cli): Promise<void> {
  const all = await (await cli.engine()).machines.list();
  if (json) return cli.print(JSON.stringify(all));
  if (all.length === 0) return cli.print('No machine yet. goldsmith vm create IMAGE --name NAME makes one.');
  const rows = all.map(({ name, image, version, state, uri }) => [name, `${image}@${version}`, state, uri]);
  cli.print(formatTable(['MACHINE', 'IMAGE', 'STATE', 'LIBVIRT'], rows, cli.style));
  for (const reason of new Set(all.flatMap(one => one.reason ?? []))) cli.print(`\n${reason}`);
}
