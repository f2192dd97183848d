import type { QemuSource } from '../model/recipe.ts';
import { fillTemplate } from './go-template/fill.ts';

/** What Packer knows when it starts QEMU, beyond the recipe. Paths as Packer would write them. */
export interface QemuArgsContext {
  /** The accelerator that is used when the recipe names none. */
  accelerator: string;
  diskPaths: string[];
  /** Without one for `disk_image`. */
  isoPath?: string;
  /** The CD made of `cd_files` and `cd_content`. */
  cdPath?: string;
  floppyPath?: string;
  efiVarsPath?: string;
  vtpmSocketPath?: string;
  qmpSocketPath?: string;
  /** The host's port that leads to the guest's SSH or WinRM; a text where it is not known yet. */
  commHostPort: number | string;
  vncPort: number;
  httpIp: string;
  httpPort: number | string;
}

/** One switch of the command line, and what it stands in place of. */
export interface QemuSwitch {
  name: string;
  /** Empty: the switch stands alone. */
  values: string[];
  origin: 'default' | 'recipe';
  /** Packer's own values that `qemuargs` took away. */
  replaced: string[];
}

type Default = (source: QemuSource, context: QemuArgsContext) => string | string[] | undefined;

const VNC_BASE_PORT = 5900;

/** Packer's defaults by switch (packer-plugin-qemu `step_run.go`); undefined means: the switch is not given. */
const DEFAULTS: readonly [string, Default][] = [
  ['-name', source => source.vmName],
  ['-machine', (source, context) => machine(source, source.accelerator ?? context.accelerator)],
  ['-m', source => `${source.memoryMiB}M`],
  ['-smp', smp],
  ['-cpu', source => source.cpuModel],
  ['-bios', source => (source.usePflash ? undefined : source.firmware)],
  ['-boot', source => (source.efiBoot ? undefined : source.diskImage ? 'c' : 'once=d')],
  ['-drive', drives],
  ['-device', devices],
  ['-netdev', netdev],
  ['-fda', (_, context) => context.floppyPath],
  ['-chardev', (source, context) => (source.vtpm ? `socket,id=vtpm,path=${context.vtpmSocketPath ?? ''}` : undefined)],
  ['-tpmdev', source => (source.vtpm ? 'emulator,id=tpm0,chardev=vtpm' : undefined)],
  ['-qmp', (_, context) => (context.qmpSocketPath ? `unix:${context.qmpSocketPath},server,nowait` : undefined)],
  ['-vga', source => source.vga],
  ['-display', display],
  ['-vnc', vnc],
];

const machine = (source: QemuSource, accelerator: string): string =>
  accelerator === 'none' ? `type=${source.machineType}` : `type=${source.machineType},accel=${accelerator}`;

function smp(source: QemuSource): string {
  const topology = (['sockets', 'cores', 'threads'] as const).filter(name => source[name] !== undefined);
  return [String(source.cpus), ...topology.map(name => `${name}=${source[name]}`)].join(',');
}

function netdev(source: QemuSource, context: QemuArgsContext): string {
  if (source.netBridge) return `bridge,id=user.0,br=${source.netBridge}`;
  if (source.communicator.kind === 'none') return 'user,id=user.0';
  return `user,id=user.0,hostfwd=tcp::${context.commHostPort}-:${source.communicator.port}`;
}

/** Packer takes "none" for "let QEMU choose". */
function display(source: QemuSource): string | undefined {
  if (source.headless) return undefined;
  if (source.display && source.display !== 'none') return source.display;
  return source.useDefaultDisplay ? undefined : 'gtk';
}

function vnc(source: QemuSource, context: QemuArgsContext): string {
  return `${source.vncBindAddress}:${context.vncPort - VNC_BASE_PORT}${source.vncUsePassword ? ',password' : ''}`;
}

const cds = (source: QemuSource, context: QemuArgsContext): string[] =>
  [source.diskImage ? undefined : context.isoPath, context.cdPath].filter(path => path !== undefined);

function diskDrive(source: QemuSource, path: string, index: number): string {
  const kept = `cache=${source.diskCache},discard=${source.diskDiscard},format=${source.format}`;
  const zeroes = source.diskDetectZeroes === 'off' ? '' : `,detect-zeroes=${source.diskDetectZeroes}`;
  if (source.diskInterface === 'virtio-scsi') return `if=none,file=${path},id=drive${index},${kept}${zeroes}`;
  return `file=${path},if=${source.diskInterface},${kept}${zeroes}`;
}

/** How many SCSI disks stand before the first CD. */
const scsiDisks = (source: QemuSource, context: QemuArgsContext): number =>
  source.diskInterface === 'virtio-scsi' ? context.diskPaths.length : 0;

function cdDrive(source: QemuSource, context: QemuArgsContext, path: string, index: number): string {
  if (!source.cdromInterface) return `file=${path},media=cdrom`;
  if (source.cdromInterface !== 'virtio-scsi') {
    return `file=${path},if=${source.cdromInterface},index=${index},id=cdrom${index},media=cdrom`;
  }
  return `file=${path},if=none,index=${scsiDisks(source, context) + index},id=cdrom${index},media=cdrom`;
}

function drives(source: QemuSource, context: QemuArgsContext): string[] {
  const pflash =
    source.firmware && source.usePflash ? [`file=${source.firmware},if=pflash,format=raw,readonly=on`] : [];
  const efi = source.efiBoot
    ? [
        `file=${source.efiFirmwareCode ?? DEFAULT_EFI_CODE},if=pflash,unit=0,format=raw,readonly=on`,
        `file=${context.efiVarsPath ?? ''},if=pflash,unit=1,format=raw`,
      ]
    : [];
  const disks = context.diskPaths.map((path, index) => diskDrive(source, path, index));
  return [
    ...disks,
    ...cds(source, context).map((path, index) => cdDrive(source, context, path, index)),
    ...pflash,
    ...efi,
  ];
}

const DEFAULT_EFI_CODE = '/usr/share/OVMF/OVMF_CODE.fd';
const SCSI_CONTROLLER = 'virtio-scsi-pci,id=scsi0';

function devices(source: QemuSource, context: QemuArgsContext): string[] {
  const disks = Array.from(
    { length: scsiDisks(source, context) },
    (_, index) => `scsi-hd,bus=scsi0.0,drive=drive${index}`,
  );
  const isScsiCd = source.cdromInterface === 'virtio-scsi';
  const scsiCds = isScsiCd
    ? cds(source, context).flatMap((_, index) => ['virtio-scsi-device', `scsi-cd,drive=cdrom${index}`])
    : [];
  return [
    ...(disks.length > 0 ? [SCSI_CONTROLLER, ...disks] : []),
    `${source.netDevice},netdev=user.0`,
    ...(scsiCds.length > 0 && disks.length === 0 ? [SCSI_CONTROLLER] : []),
    ...scsiCds,
    ...(source.vtpm ? [`${source.tpmDeviceType},tpmdev=tpm0`] : []),
  ];
}

/** The switches of `qemuargs`: rows of one switch are gathered, their elements joined without a separator. */
function recipeSwitches(source: QemuSource, context: QemuArgsContext): Map<string, string[]> {
  const values = {
    HTTPIP: context.httpIp,
    HTTPPort: context.httpPort,
    HTTPDir: source.httpDirectory ?? '',
    HTTPContent: source.httpContent,
    OutputDir: source.outputDirectory,
    Name: source.vmName,
    SSHHostPort: source.communicator.kind === 'none' ? 0 : context.commHostPort,
  };
  const switches = new Map<string, string[]>();
  for (const row of source.qemuArgs) {
    const [name = '', ...rest] = row.map(element => fillTemplate(element, values));
    const value = rest.join('');
    switches.set(name, [...(switches.get(name) ?? []), ...(value === '' ? [] : [value])]);
  }
  return switches;
}

/**
 * The switches Packer would start QEMU with. A switch that `qemuargs` names replaces all of Packer's values of that
 * switch; only the network card is put back when `-device` was named without it. Packer's own order is random.
 */
export function packerQemuSwitches(source: QemuSource, context: QemuArgsContext): QemuSwitch[] {
  const given = recipeSwitches(source, context);
  const switches: QemuSwitch[] = [];
  for (const [name, make] of DEFAULTS) {
    const made = make(source, context);
    const values = made === undefined || made === '' ? [] : [made].flat();
    const own = given.get(name);
    if (own) switches.push({ name, values: own, origin: 'recipe', replaced: values });
    else if (values.length > 0) switches.push({ name, values, origin: 'default', replaced: [] });
  }
  const known = new Set(DEFAULTS.map(([name]) => name));
  for (const [name, values] of given)
    if (!known.has(name)) switches.push({ name, values, origin: 'recipe', replaced: [] });
  return switches.map(one => withNetworkCard(one, source));
}

function withNetworkCard(one: QemuSwitch, source: QemuSource): QemuSwitch {
  if (one.name !== '-device' || one.values.join('').includes(source.netDevice)) return one;
  const card = `${source.netDevice},netdev=user.0`;
  return { ...one, values: [...one.values, card], replaced: one.replaced.filter(value => value !== card) };
}

/** The same as an argument vector. */
export const packerQemuArgs = (source: QemuSource, context: QemuArgsContext): string[] =>
  packerQemuSwitches(source, context).flatMap(({ name, values }) =>
    values.length === 0 ? [name] : values.flatMap(value => [name, value]),
  );
