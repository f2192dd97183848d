import type { Accelerator, Cpus, Machine } from '../model/machine.ts';
import type { ArgumentGroup } from './arguments.ts';
import { attributes, type XmlElement } from './xml.ts';

/** Multi-threaded translation is not the default for every pair of host and guest; we always want it. */
const ACCELERATORS: Record<Accelerator, string> = {
  kvm: 'kvm',
  tcg: 'tcg,thread=multi',
  hvf: 'hvf',
  whpx: 'whpx',
  xen: 'xen',
};

export const processorArguments = (machine: Machine): ArgumentGroup[] => [
  { owner: '-machine', args: ['-machine', machineType(machine)] },
  { owner: '-accel', args: ['-accel', ACCELERATORS[machine.accelerator]] },
  { owner: '-cpu', args: ['-cpu', machine.cpuModel] },
  { owner: '-smp', args: ['-smp', topology(machine.cpus)] },
  { owner: '-m', args: ['-m', `${machine.memoryMiB}M`] },
];

/** Secure Boot keeps its variables safe in System Management Mode, which only q35 has. */
const machineType = ({ type, firmware }: Machine): string =>
  firmware.kind === 'efi' && firmware.secureBoot ? `${type},smm=on` : type;

const topology = ({ count, ...parts }: Cpus): string =>
  [`cpus=${count}`, ...Object.entries(parts).map(([name, value]) => `${name}=${value}`)].join(',');

/** `<domain type>`: libvirt calls emulation by QEMU `qemu`. */
export const LIBVIRT_TYPES: Record<Accelerator, string> = {
  kvm: 'kvm',
  tcg: 'qemu',
  hvf: 'hvf',
  whpx: 'qemu',
  xen: 'xen',
};

/** Architectures whose boards have ACPI whatever their firmware is, and an APIC. */
const HAS_ACPI: ReadonlySet<string> = new Set(['x86_64', 'i386']);

/** Where it is not asked for libvirt takes it away, which QEMU 9 and later refuses on boards that have it with UEFI. */
function acpiXml({ arch, firmware }: Machine): XmlElement {
  if (HAS_ACPI.has(arch)) return { acpi: {}, apic: {} };
  return arch === 'aarch64' && firmware.kind === 'efi' ? { acpi: {} } : {};
}

export const processorXml = (machine: Machine): XmlElement => ({
  memory: { ...attributes({ unit: 'MiB' }), '#text': machine.memoryMiB },
  vcpu: machine.cpus.count,
  features: {
    ...acpiXml(machine),
    ...(machine.firmware.kind === 'efi' && machine.firmware.secureBoot ? { smm: attributes({ state: 'on' }) } : {}),
  },
  cpu: cpuXml(machine),
});

/** What libvirt has no name for, and what only emulation is quicker with. */
const UNKNOWN_FEATURES: ReadonlySet<string> = new Set(['pauth-impdef']);

/** A QEMU model with its flags, `Nehalem,+aes,x2apic=off`, in libvirt's words. */
function cpuXml({ cpuModel, cpus }: Machine): XmlElement {
  const [name = 'max', ...flags] = cpuModel.split(',');
  const feature = flags
    .map(featureOf)
    .filter(one => !UNKNOWN_FEATURES.has(one.name))
    .map(one => attributes(one));
  const shape = topologyOf(cpus);
  return {
    ...(modeOf(name) ?? {
      ...attributes({ mode: 'custom', match: 'exact', check: 'none' }),
      model: { ...attributes({ fallback: 'forbid' }), '#text': name },
    }),
    ...(shape ? { topology: attributes(shape) } : {}),
    ...(feature.length > 0 ? { feature } : {}),
  };
}

function modeOf(name: string): XmlElement | undefined {
  if (name === 'host') return attributes({ mode: 'host-passthrough', check: 'none' });
  return name === 'max' ? attributes({ mode: 'maximum', check: 'none' }) : undefined;
}

function featureOf(flag: string): { policy: string; name: string } {
  const [name = '', value] = flag.replace(/^[+-]/, '').split('=');
  return { policy: flag.startsWith('-') || value === 'off' ? 'disable' : 'require', name };
}

/** libvirt wants all three and their product; what a recipe leaves out is what makes the count. */
function topologyOf({ count, sockets, cores, threads }: Cpus): Record<string, number> | undefined {
  if (sockets === undefined && cores === undefined && threads === undefined) return undefined;
  const known = (sockets ?? 1) * (cores ?? 1) * (threads ?? 1);
  const rest = Math.max(1, Math.floor(count / known));
  const shape = { sockets: sockets ?? rest, cores: cores ?? (sockets === undefined ? 1 : rest), threads: threads ?? 1 };
  return shape.sockets * shape.cores * shape.threads === count ? shape : undefined;
}
