import type { Accelerator, Cpus, Machine } from '../model/machine.ts';
import type { ArgumentGroup } from './arguments.ts';

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
