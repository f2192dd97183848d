import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultMac, macOf } from '../host/bridge.ts';
import { type AcceleratorChoice, chooseAccelerator, chooseFirmware } from '../host/choose.ts';
import type { Problem } from '../model/failure.ts';
import type { HostFacts } from '../model/host.ts';
import type { LabMachine } from '../model/lab.ts';
import type { Arch, Cdrom, Disk, DiskInterface, Floppy, Machine, Nic, Tpm } from '../model/machine.ts';
import type { QemuSource } from '../model/recipe.ts';
import { archOf, isUsualBinary } from './arch.ts';
import { describesDevices, recipeArguments } from './recipe-arguments.ts';
import type { WorkingDisk } from './working-disks.ts';

/** The files of one build, known before they exist. */
export interface MachineFiles {
  disks: WorkingDisk[];
  /** The ISO, then the seed CD: only those this build has. */
  cdroms: string[];
  floppy?: string;
  efiVars: string;
  serialLog: string;
  /** Where this build keeps what Packer would keep in the output directory. */
  packerDir: string;
  /** Relative paths of the recipe start here. */
  root: string;
  /** Whether a file of this host is there; for tests. */
  isThere?: (file: string) => boolean;
}

export interface MachinePlan {
  machine: Machine;
  acceleratorReason: string;
  /** The template of the UEFI variables that `efiVars` becomes a copy of. */
  efiVarsTemplate?: string;
  problems: Problem[];
}

const DISK_INTERFACES: ReadonlySet<string> = new Set(['virtio', 'virtio-scsi', 'scsi', 'sata', 'ide', 'sd']);
/** Guest ports of the communicators. */
const GUEST_PORTS = { ssh: (port: number) => [port], winrm: (port: number) => [port], none: () => [] } as const;

/** A recipe's machine as plain data, with what the lab overrides and what this host offers. Pure. */
export function planMachine(
  name: string,
  source: QemuSource,
  lab: LabMachine,
  facts: HostFacts,
  files: MachineFiles,
): MachinePlan {
  const arch = archOf(source.qemuBinary);
  const choice = chooseForArch(facts, arch, source.accelerator);
  const wantsEfi = lab.firmware === undefined ? source.efiBoot : lab.firmware === 'efi';
  const efi = wantsEfi ? planEfi(source, facts, arch, files) : undefined;
  const own = recipeArguments(
    { ...source, efiBoot: wantsEfi, memoryMiB: lab.memoryMiB ?? source.memoryMiB, cpus: lab.cpus ?? source.cpus },
    {
      ...files,
      accelerator: choice.accelerator,
      cpuModel: choice.cpuModel,
      diskPaths: files.disks.map(({ path }) => path),
      workingDir: files.packerDir,
      ...(efi ? { efiCode: efi.firmware.code } : {}),
    },
  );
  const binary = isUsualBinary(source.qemuBinary) ? {} : { binary: source.qemuBinary };
  const machine: Machine = {
    name,
    arch,
    type: machineType(source, facts),
    accelerator: choice.accelerator,
    cpuModel: lab.cpuModel ?? cpuModel(source.cpuModel, choice),
    cpus: lab.cpus === undefined ? topology(source) : { count: lab.cpus },
    memoryMiB: lab.memoryMiB ?? source.memoryMiB,
    firmware: efi?.firmware ?? biosOf(source, files.root),
    disks: files.disks.map((file, nth) => disk(source, file, nth)),
    cdroms: files.cdroms.map((path, nth) => cdrom(source, path, nth)),
    floppies: files.floppy === undefined ? [] : [floppy(files.floppy)],
    nics: [nic(name, source)],
    ...(source.vtpm && !own.args.includes('-tpmdev') ? { tpm: tpm(source) } : {}),
    boot: { kind: 'firmware' },
    serialLog: files.serialLog,
    extraArgs: own.args,
    ...(own.hasDevices ? { hasOwnDevices: true } : {}),
    ...binary,
  };
  return {
    machine,
    acceleratorReason: choice.reason,
    ...(efi ? { efiVarsTemplate: efi.varsTemplate } : {}),
    problems: [...acceleratorProblems(choice), ...sourceProblems(source), ...(efi?.problems ?? []), ...own.problems],
  };
}

/** Processor models of the machines that are always emulated here. `pauth-impdef` makes arm64 several times faster. */
const EMULATED_CPU: Partial<Record<Arch, string>> = { aarch64: 'max,pauth-impdef=on', ppc64: 'power9' };

/** A guest of another architecture than this host's is emulated; that is no fault to be warned of. */
export function chooseForArch(facts: HostFacts, arch: Arch, wanted: string | undefined): AcceleratorChoice {
  const isNative = arch === facts.system.arch || (arch === 'i386' && facts.system.arch === 'x86_64');
  if (isNative) return chooseAccelerator(facts, wanted);
  return {
    accelerator: 'tcg',
    cpuModel: EMULATED_CPU[arch] ?? 'max',
    reason: `emulation (TCG): the guest is ${arch}, this host is ${facts.system.arch}.`,
  };
}

/** A recipe's own firmware; as flash, it is no BIOS that is loaded. */
const biosOf = ({ firmware, usePflash }: QemuSource, root: string): Machine['firmware'] => ({
  kind: 'bios',
  ...(firmware ? { path: firmware.includes('/') ? resolve(root, firmware) : firmware } : {}),
  ...(firmware && usePflash ? { isFlash: true } : {}),
});

/** `host` exists only where the host's own processor runs the guest. */
function cpuModel(wanted: string | undefined, choice: { accelerator: string; cpuModel: string }): string {
  if (wanted === undefined) return choice.cpuModel;
  return wanted === 'host' && choice.accelerator === 'tcg' ? choice.cpuModel : wanted;
}

const topology = ({ cpus, sockets, cores, threads }: QemuSource): Machine['cpus'] => ({
  count: cpus,
  ...(sockets === undefined ? {} : { sockets }),
  ...(cores === undefined ? {} : { cores }),
  ...(threads === undefined ? {} : { threads }),
});

const disk = (source: QemuSource, { path, format }: WorkingDisk, nth: number): Disk => ({
  id: `disk${nth}`,
  path,
  format,
  interface: source.diskInterface as DiskInterface,
  cache: source.diskCache as Disk['cache'],
  discard: source.diskDiscard as Disk['discard'],
  detectZeroes: source.diskDetectZeroes as Disk['detectZeroes'],
});

const cdrom = (source: QemuSource, path: string, nth: number): Cdrom => ({
  id: `cd${nth}`,
  path,
  interface: (source.cdromInterface ?? 'ide') as Cdrom['interface'],
});

const floppy = (path: string): Floppy => ({ id: 'floppy0', path });

function nic(name: string, source: QemuSource): Nic {
  const { communicator } = source;
  const ports = communicator.kind === 'none' ? GUEST_PORTS.none() : GUEST_PORTS[communicator.kind](communicator.port);
  const forwards = ports.map(guestPort => ({ hostPort: 0, guestPort }));
  const common = { id: 'net0', model: source.netDevice, forwards };
  return source.netBridge === undefined
    ? { ...common, kind: 'user' }
    : { ...common, kind: 'bridge', bridge: source.netBridge, mac: macOf(name) };
}

const tpm = ({ tpmDeviceType, useTpm1 }: QemuSource): Tpm => ({
  device: tpmDeviceType,
  version: useTpm1 ? '1.2' : '2.0',
});

/**
 * A recipe's own firmware where this host has it, else what this host offers: distributions put the same firmware at
 * different places, and recipes name the one of their author's. @throws GoldsmithError `host-lacks`
 */
function planEfi(source: QemuSource, facts: HostFacts, arch: Arch, files: MachineFiles) {
  const isThere = files.isThere ?? existsSync;
  const { efiFirmwareCode, efiFirmwareVars } = source;
  const secureBoot = /secboot|\.ms\./i.test(efiFirmwareCode ?? '');
  const own = efiFirmwareCode === undefined ? undefined : resolve(files.root, efiFirmwareCode);
  const ownVars = efiFirmwareVars === undefined ? own?.replace('CODE', 'VARS') : resolve(files.root, efiFirmwareVars);
  if (own !== undefined && ownVars !== undefined && isThere(own) && isThere(ownVars)) {
    return {
      firmware: { kind: 'efi' as const, code: own, vars: files.efiVars, secureBoot },
      varsTemplate: ownVars,
      problems: [],
    };
  }
  const type = machineType(source, facts);
  // Firmware is described for versioned machine types; those of other architectures are not looked up.
  const versioned = /\d/.test(type) ? type : `${type}-0`;
  const { code, varsTemplate } = chooseFirmware(facts, { arch, machineType: versioned, secureBoot });
  const firmware = { kind: 'efi' as const, code, vars: files.efiVars, secureBoot };
  return { firmware, varsTemplate, problems: own === undefined ? [] : [elsewhere(own, code)] };
}

const elsewhere = (own: string, code: string): Problem => ({
  code: 'host-lacks',
  severity: 'note',
  message: `The firmware ${own} is not on this host with its variables; ${code} is used.`,
});

/** The versioned type, so that a saved moment of the machine fits the same machine later. */
const machineType = (source: QemuSource, facts: HostFacts): string =>
  facts.qemu?.machineTypes[source.machineType] ?? source.machineType;

const acceleratorProblems = ({ warning, hint }: AcceleratorChoice): Problem[] =>
  warning === undefined
    ? []
    : [{ code: 'host-lacks', severity: 'warning', message: warning, ...(hint === undefined ? {} : { hint }) }];

const CDROM_INTERFACES: ReadonlySet<string> = new Set(['ide', 'sata', 'scsi', 'virtio-scsi', 'virtio']);

/** What the recipe asks for and no machine of ours can be. */
export function sourceProblems(source: QemuSource): Problem[] {
  const { diskInterface, cdromInterface = 'ide' } = source;
  const wrong: [isWrong: boolean, message: string, hint: string][] = [
    [
      !DISK_INTERFACES.has(diskInterface),
      `disk_interface "${diskInterface}" is not known.`,
      [...DISK_INTERFACES].join(', '),
    ],
    [
      !CDROM_INTERFACES.has(cdromInterface),
      `cdrom_interface "${cdromInterface}" is not known.`,
      [...CDROM_INTERFACES].join(', '),
    ],
  ];
  return wrong.flatMap(([isWrong, message, hint]) =>
    isWrong ? [{ code: 'unsupported', severity: 'error', message, hint } satisfies Problem] : [],
  );
}

/** The address of a guest's card on a bridge: ours, or where the recipe describes its devices, the one it says. */
export function bridgedMac(source: QemuSource, name: string): string {
  if (!describesDevices(source)) return macOf(name);
  const devices = source.qemuArgs.filter(([option]) => option === '-device').map(([, ...values]) => values.join(''));
  return devices.flatMap(device => /\bmac=([\da-f:]{17})/i.exec(device)?.[1] ?? [])[0] ?? defaultMac(0);
}
