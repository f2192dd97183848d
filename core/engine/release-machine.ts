import { chooseForArch } from '../build/machine.ts';
import { chooseFirmware } from '../host/choose.ts';
import type { HostFacts } from '../model/host.ts';
import type { Firmware, Machine, Nic } from '../model/machine.ts';
import type { ManifestMachine } from '../model/manifest.ts';

export interface ReleaseMachineOptions {
  name: string;
  cpus?: number;
  memoryMiB?: number;
  serialLog: string;
  forwards: Nic['forwards'];
}

/** A machine for a release, as it was tested; its disks are the caller's. */
export function releaseMachine(
  tested: ManifestMachine | undefined,
  facts: HostFacts,
  options: ReleaseMachineOptions,
): Machine {
  const arch = tested?.arch ?? 'x86_64';
  const { accelerator, cpuModel } = chooseForArch(facts, arch, undefined);
  return {
    name: options.name,
    arch,
    type: tested?.type ?? facts.qemu?.machineTypes.q35 ?? 'q35',
    accelerator,
    cpuModel,
    cpus: { count: options.cpus ?? tested?.cpus ?? 2 },
    memoryMiB: options.memoryMiB ?? tested?.memoryMiB ?? 1024,
    firmware: firmwareOf(tested, facts),
    // Only its bus counts.
    disks: tested ? [{ ...ANY_DISK, interface: tested.diskInterface }] : [],
    cdroms: [],
    floppies: [],
    nics: [{ id: 'net0', model: 'virtio-net-pci', kind: 'user', forwards: options.forwards }],
    boot: { kind: 'firmware' },
    serialLog: options.serialLog,
    extraArgs: [],
  };
}

const ANY_DISK = {
  id: 'disk0',
  path: '',
  format: 'qcow2',
  cache: 'unsafe',
  discard: 'unmap',
  detectZeroes: 'off',
} as const;

/** New variables for each machine, as a cloud would give it. @throws GoldsmithError `host-lacks` */
function firmwareOf(tested: ManifestMachine | undefined, facts: HostFacts): Firmware {
  if (tested?.firmware !== 'efi') return { kind: 'bios' };
  const secureBoot = tested.secureBoot ?? false;
  const machineType = /\d/.test(tested.type) ? tested.type : `${tested.type}-0`;
  const { code, varsTemplate } = chooseFirmware(facts, { arch: tested.arch, machineType, secureBoot });
  return { kind: 'efi', code, vars: varsTemplate, secureBoot };
}
