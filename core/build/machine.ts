import { type AcceleratorChoice, chooseAccelerator, chooseFirmware } from '../host/choose.ts';
import type { Problem } from '../model/failure.ts';
import type { HostFacts } from '../model/host.ts';
import type { LabMachine } from '../model/lab.ts';
import type { Arch, Cdrom, Disk, DiskInterface, Floppy, Machine, Nic, Tpm } from '../model/machine.ts';
import type { QemuSource } from '../model/recipe.ts';
import { fillTemplate } from '../recipe/go-template/fill.ts';

/** The files of one build, known before they exist. */
export interface MachineFiles {
  disks: string[];
  /** The ISO, then the seed CD: only those this build has. */
  cdroms: string[];
  floppy?: string;
  efiVars: string;
  serialLog: string;
}

export interface MachinePlan {
  machine: Machine;
  acceleratorReason: string;
  /** The template of the UEFI variables that `efiVars` becomes a copy of. */
  efiVarsTemplate?: string;
  problems: Problem[];
}

const ARCHES: Record<string, Arch> = {
  'qemu-system-x86_64': 'x86_64',
  'qemu-system-i386': 'i386',
  'qemu-system-aarch64': 'aarch64',
  'qemu-system-ppc64': 'ppc64',
  'qemu-system-riscv64': 'riscv64',
  'qemu-system-s390x': 's390x',
  'qemu-kvm': 'x86_64',
};

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
  const choice = chooseAccelerator(facts, source.accelerator);
  const wantsEfi = lab.firmware === undefined ? source.efiBoot : lab.firmware === 'efi';
  const efi = wantsEfi ? planEfi(source, facts, arch, files.efiVars, machineType(source, facts)) : undefined;
  const machine: Machine = {
    name,
    arch,
    type: machineType(source, facts),
    accelerator: choice.accelerator,
    cpuModel: lab.cpuModel ?? cpuModel(source.cpuModel, choice),
    cpus: lab.cpus === undefined ? topology(source) : { count: lab.cpus },
    memoryMiB: lab.memoryMiB ?? source.memoryMiB,
    firmware: efi?.firmware ?? { kind: 'bios', ...(source.firmware ? { path: source.firmware } : {}) },
    disks: files.disks.map((path, nth) => disk(source, path, nth)),
    cdroms: files.cdroms.map((path, nth) => cdrom(source, path, nth)),
    floppies: files.floppy === undefined ? [] : [floppy(files.floppy)],
    nics: [nic(source)],
    ...(source.vtpm ? { tpm: tpm(source) } : {}),
    boot: { kind: 'firmware' },
    serialLog: files.serialLog,
    extraArgs: extraArguments(source),
  };
  return {
    machine,
    acceleratorReason: choice.reason,
    ...(efi ? { efiVarsTemplate: efi.varsTemplate } : {}),
    problems: [...acceleratorProblems(choice), ...interfaceProblems(source)],
  };
}

const archOf = (binary: string): Arch => ARCHES[binary.split('/').at(-1) ?? ''] ?? 'x86_64';

/**
 * The recipe's `qemuargs`: Packer joins the values of a switch without a separator. A build-time variable that is not
 * known before the machine exists is an error.
 */
const extraArguments = (source: QemuSource): string[] =>
  source.qemuArgs.flatMap(([name = '', ...values]) => {
    const value = fillTemplate(values.join(''), {
      Name: source.vmName,
      OutputDir: source.outputDirectory,
      HTTPIP: '10.0.2.2',
    });
    return value === '' ? [name] : [name, value];
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

/** The working disk is raw: sparse, quick, and readable by the leak check as it is. The release gets its own format. */
const disk = (source: QemuSource, path: string, nth: number): Disk => ({
  id: `disk${nth}`,
  path,
  format: path.endsWith('.qcow2') ? 'qcow2' : 'raw',
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

function nic(source: QemuSource): Nic {
  const common = { id: 'net0', model: source.netDevice };
  if (source.netBridge !== undefined) return { ...common, kind: 'bridge', bridge: source.netBridge };
  const { communicator } = source;
  const ports = communicator.kind === 'none' ? GUEST_PORTS.none() : GUEST_PORTS[communicator.kind](communicator.port);
  return { ...common, kind: 'user', forwards: ports.map(guestPort => ({ hostPort: 0, guestPort })) };
}

const tpm = ({ tpmDeviceType, useTpm1 }: QemuSource): Tpm => ({
  device: tpmDeviceType,
  version: useTpm1 ? '1.2' : '2.0',
});

/** A recipe's own firmware, or what this host offers. @throws GoldsmithError `host-lacks` */
function planEfi(source: QemuSource, facts: HostFacts, arch: Arch, vars: string, type: string) {
  if (source.efiFirmwareCode !== undefined) {
    const secureBoot = /secboot|\.ms\./i.test(source.efiFirmwareCode);
    return {
      firmware: { kind: 'efi' as const, code: source.efiFirmwareCode, vars, secureBoot },
      varsTemplate: source.efiFirmwareVars ?? source.efiFirmwareCode.replace('CODE', 'VARS'),
    };
  }
  const { code, varsTemplate } = chooseFirmware(facts, { arch, machineType: type, secureBoot: false });
  return { firmware: { kind: 'efi' as const, code, vars, secureBoot: false }, varsTemplate };
}

/** The versioned type, so that a saved moment of the machine fits the same machine later. */
const machineType = (source: QemuSource, facts: HostFacts): string =>
  facts.qemu?.machineTypes[source.machineType] ?? source.machineType;

const acceleratorProblems = ({ warning, hint }: AcceleratorChoice): Problem[] =>
  warning === undefined
    ? []
    : [{ code: 'host-lacks', severity: 'warning', message: warning, ...(hint === undefined ? {} : { hint }) }];

const interfaceProblems = ({ diskInterface }: QemuSource): Problem[] =>
  DISK_INTERFACES.has(diskInterface)
    ? []
    : [
        {
          code: 'bad-recipe',
          severity: 'error',
          message: `disk_interface "${diskInterface}" is not known.`,
          hint: [...DISK_INTERFACES].join(', '),
        },
      ];
