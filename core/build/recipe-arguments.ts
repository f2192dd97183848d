import path from 'node:path';
import type { Problem } from '../model/failure.ts';
import type { Machine } from '../model/machine.ts';
import type { QemuSource } from '../model/recipe.ts';
import { packerQemuSwitches, type QemuSwitch } from '../recipe/qemu-args.ts';
import { archOf, isOfOurDevices } from './arch.ts';

/** Of this build: what a recipe's own arguments for QEMU refer to. */
export interface RecipeArgumentsContext {
  accelerator: string;
  /** The CPU model to use where the recipe's `host` cannot be had. */
  cpuModel: string;
  /** Relative paths of the recipe start here. */
  root: string;
  /** Where this build keeps what Packer would keep in the output directory. */
  workingDir: string;
  diskPaths: string[];
  /** The ISO, then the CD of `cd_files`: only those this build has. */
  cdroms: string[];
  floppy?: string;
  efiCode?: string;
  efiVars: string;
}

/** What the recipe's `qemuargs` come to. */
export interface RecipeArguments {
  /** Arguments beside or, with `hasDevices`, in place of ours for devices. */
  args: string[];
  /** The arguments describe all devices, as Packer would have them. */
  hasDevices: boolean;
  /** What was left out or changed, and why. */
  problems: Problem[];
}

/** Switches that describe disks, cards or buses: where a recipe uses one, ours would clash with it or lack it. */
const DEVICE_SWITCHES: ReadonlySet<string> = new Set(['-drive', '-device', '-net', '-nic', '-blockdev', '-tpmdev']);

/** Whether a recipe's `qemuargs` stand in place of our devices, or its machine is none we have devices for. */
export const describesDevices = (source: QemuSource): boolean =>
  !isOfOurDevices(archOf(source.qemuBinary)) || source.qemuArgs.some(([name = '']) => DEVICE_SWITCHES.has(name));

/** Known only when the build runs; `fillBuildTime` puts them in. */
const HOST_PORT = '{{ .SSHHostPort }}';
const HTTP_PORT = '{{ .HTTPPort }}';
const HTTP_IP = '{{ .HTTPIP }}';

/**
 * The recipe's own arguments for QEMU, with Packer's replacement rules. Where they describe devices, or the machine is
 * none we have devices of our own for, the whole device part is what Packer would give: recipes rely on its names
 * (`drive0`, `user.0`) and on what a switch takes away. Values of the running build are left standing.
 */
export function recipeArguments(source: QemuSource, context: RecipeArgumentsContext): RecipeArguments {
  const switches = packerQemuSwitches(
    {
      ...source,
      outputDirectory: context.workingDir,
      ...(context.efiCode ? { efiFirmwareCode: context.efiCode } : {}),
    },
    {
      accelerator: context.accelerator,
      diskPaths: context.diskPaths,
      ...cdPaths(source, context.cdroms),
      ...(context.floppy === undefined ? {} : { floppyPath: context.floppy }),
      efiVarsPath: context.efiVars,
      vtpmSocketPath: '',
      commHostPort: HOST_PORT,
      vncPort: source.vncPortMin,
      httpIp: HTTP_IP,
      httpPort: HTTP_PORT,
    },
  );
  const own = switches.filter(({ origin }) => origin === 'recipe');
  const hasDevices = describesDevices(source);
  const used = hasDevices ? switches.filter(one => !isOurs(one)) : own;
  const problems: Problem[] = [];
  const args = used.flatMap(one => adapted(one, source, context, problems));
  return { args, hasDevices, problems };
}

function cdPaths(source: QemuSource, cdroms: string[]): { isoPath?: string; cdPath?: string } {
  const [first, second] = source.diskImage ? [undefined, ...cdroms] : cdroms;
  return { ...(first === undefined ? {} : { isoPath: first }), ...(second === undefined ? {} : { cdPath: second }) };
}

/** Defaults that are ours in every case: name, screen, monitor, accelerator, and the TPM with its private socket. */
const OUR_SWITCHES: ReadonlySet<string> = new Set([
  '-name',
  '-display',
  '-vnc',
  '-qmp',
  '-chardev',
  '-tpmdev',
  '-machine',
  '-cpu',
]);

const isOurs = ({ name, origin }: QemuSwitch): boolean => origin === 'default' && OUR_SWITCHES.has(name);

interface Adapting {
  source: QemuSource;
  context: RecipeArgumentsContext;
}

/** A value as it is given to QEMU here; undefined leaves it out. `why` is told when that changes what was written. */
type Rule = { change: (value: string, about: Adapting) => string | undefined; why?: string };

const LOOPBACK = 'Ports of a build are reachable from this host only.';
const SCREEN = 'Screen, keyboard and monitor are on private sockets of the build.';
const ACCELERATOR = 'The accelerator is the best that was proved to work on this host.';

const dropped = (why: string): Rule => ({ change: () => undefined, why });
const forwards: Rule = { change: value => value.replace(/\bhostfwd=(tcp|udp)::/g, 'hostfwd=$1:127.0.0.1:') };
const file: Rule = { change: (value, about) => located(value, about) };
const files: Rule = {
  change: (value, about) =>
    value.replace(/(^|,)((?:file|path|filename|mem-path)=)([^,]+)/g, (_all, comma, key, name) =>
      [comma, key, located(String(name), about)].join(''),
    ),
};
const console: Rule = {
  change: value => (/^(mon:)?stdio$|^vc\b|^none$/.test(value) ? undefined : value),
};

/** What is changed in a recipe's switches, and why. Everything else is given to QEMU as it stands. */
const RULES: Readonly<Record<string, Rule>> = {
  '-name': { change: () => undefined },
  '-display': { change: () => undefined },
  '-sdl': dropped(SCREEN),
  '-curses': dropped(SCREEN),
  '-nographic': { change: () => undefined },
  '-vnc': dropped(SCREEN),
  '-spice': dropped(SCREEN),
  '-qmp': dropped(SCREEN),
  '-monitor': dropped(SCREEN),
  '-daemonize': dropped('The build watches its machine.'),
  '-pidfile': dropped('The build watches its machine.'),
  '-enable-kvm': dropped(ACCELERATOR),
  '-no-kvm': dropped(ACCELERATOR),
  '-accel': dropped(ACCELERATOR),
  '-serial': console,
  '-netdev': forwards,
  '-nic': forwards,
  '-net': forwards,
  '-redir': dropped(LOOPBACK),
  '-drive': files,
  '-blockdev': files,
  '-object': files,
  '-chardev': files,
  '-cdrom': file,
  '-hda': file,
  '-hdb': file,
  '-hdc': file,
  '-hdd': file,
  '-fda': file,
  '-fdb': file,
  '-pflash': file,
  '-bios': { change: (value, about) => (value.includes('/') ? located(value, about) : value) },
  '-kernel': file,
  '-initrd': file,
  '-dtb': file,
  '-cpu': { change: (value, { context }) => cpu(value, context), why: '"host" needs the host\'s own processor.' },
  '-machine': { change: withoutAccelerator },
  '-M': { change: withoutAccelerator },
};

/** `host` exists only where the host's own processor runs the guest. */
const cpu = (value: string, { accelerator, cpuModel }: RecipeArgumentsContext): string =>
  /^host\b/.test(value) && accelerator === 'tcg' ? cpuModel : value;

/** What is left of a machine; nothing is no machine, and ours stands. */
function withoutAccelerator(value: string): string | undefined {
  const parts = value.split(',').filter(part => !/^accel=/.test(part));
  return parts.length === 0 ? undefined : parts.join(',');
}

/** A path of the recipe: what Packer would have in its output directory is in this build's working folder. */
function located(name: string, { source, context }: Adapting): string {
  if (name.startsWith('/') || /^[a-z]+:/.test(name) || name === 'none') return fromOutput(name, { source, context });
  return fromOutput(path.resolve(context.root, name), { source, context });
}

function fromOutput(name: string, { source, context }: Adapting): string {
  const output = path.resolve(context.root, source.outputDirectory);
  return name.startsWith(`${output}/`) ? path.join(context.workingDir, name.slice(output.length + 1)) : name;
}

function adapted(
  { name, values, origin }: QemuSwitch,
  source: QemuSource,
  context: RecipeArgumentsContext,
  problems: Problem[],
): string[] {
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  const given = values.length === 0 ? [''] : values;
  return given.flatMap(value => {
    const changed = rule ? rule.change(value, { source, context }) : value;
    if (changed !== value && rule?.why !== undefined && origin === 'recipe') {
      problems.push(told(name, value, changed, rule.why));
    }
    if (changed === undefined) return [];
    return changed === '' ? [name] : [name, changed];
  });
}

const told = (name: string, value: string, changed: string | undefined, why: string): Problem => ({
  code: 'unsupported',
  severity: 'note',
  message: `${[name, value].filter(text => text !== '').join(' ')} of qemuargs is ${changed === undefined ? 'not used' : `given as ${changed}`}.`,
  hint: why,
});

/** The values that only the running build has. */
export interface BuildTimeValues {
  HTTPIP: string;
  HTTPPort: string;
  SSHHostPort: string;
}

/** Whether arguments wait for a port of this host that leads to the guest. */
export const needsHostPort = (args: string[]): boolean => args.some(argument => argument.includes(HOST_PORT));

/** Puts the running build's values into arguments that were made before they were known. */
export const fillBuildTime = (args: string[], values: BuildTimeValues): string[] =>
  args.map(argument =>
    argument.replace(/\{\{ \.(HTTPIP|HTTPPort|SSHHostPort) \}\}/g, (_all, name: keyof BuildTimeValues) => values[name]),
  );

/** The machine without the media it was installed from. */
export function withoutMedia(machine: Machine): Machine {
  const bare = { ...machine, cdroms: [], floppies: [] };
  return machine.hasOwnDevices ? { ...bare, extraArgs: withoutMediaSwitches(machine.extraArgs) } : bare;
}

function withoutMediaSwitches(args: string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [name = '', value = ''] = args.slice(at, at + 2);
    const isMedium = name === '-fda' || name === '-cdrom' || (name === '-drive' && value.includes('media=cdrom'));
    if (isMedium || (name === '-boot' && /\bd\b/.test(value))) at += 1;
    else kept.push(name);
  }
  return kept;
}
