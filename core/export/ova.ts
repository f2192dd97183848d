import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ExportSettings } from '../model/export.ts';
import { writeTar } from './archive.ts';
import { fileSize } from './extents.ts';
import { hashOf } from './hash.ts';
import { missingDrivers } from './missing-drivers.ts';
import { ovfDescriptor } from './ovf.ts';
import type { ExportWork } from './work.ts';

/** The hardware family each hypervisor asks for, and the network card it is given where nobody chose. */
const OVA = {
  vmware: { family: (version: number) => `vmx-${version}`, network: 'vmxnet3' },
  virtualbox: { family: () => 'virtualbox-2.2', network: 'e1000' },
  aws: { family: (version: number) => `vmx-${version}`, network: 'vmxnet3' },
} as const satisfies Record<string, { family: (version: number) => string; network: ExportSettings['network'] }>;

export type OvaKind = keyof typeof OVA;

/** An OVA with all disks: the descriptor first, then the manifest, then the disks (DSP0243, 5.1). */
export async function makeOva(work: ExportWork, kind: OvaKind): Promise<string[]> {
  const disks = await work.eachDisk(nth => work.streamVmdk(nth));
  const ovf = await describeOvf(work, kind, disks);
  const hash = work.settings.manifestHash;
  const stem = `${work.name}-${kind}`;
  const digestOf = (disk: string): Promise<string> =>
    hash === 'sha256' ? work.hashFile(disk) : hashOf(disk, hash, work.signal);
  const line = (name: string, hex: string): string => `${hash.toUpperCase()}(${name})= ${hex}`;
  const lines = [line(`${stem}.ovf`, createHash(hash).update(ovf).digest('hex'))];
  for (const disk of disks) lines.push(line(path.basename(disk), await digestOf(disk)));
  const members = [
    { name: `${stem}.ovf`, text: ovf },
    { name: `${stem}.mf`, text: `${lines.join('\n')}\n` },
    ...disks.map(disk => ({ name: path.basename(disk), file: disk })),
  ];
  await writeTar(work.file(`${stem}.ova`), members, { timeS: work.timeS, signal: work.signal });
  return [`${stem}.ova`];
}

/** @param disks paths of the streamOptimized VMDKs, the boot disk first */
export async function describeOvf(work: ExportWork, kind: OvaKind, disks: string[]): Promise<string> {
  const { cpus, memoryMiB, hardwareVersion, controller, network } = work.settings;
  const card = network ?? OVA[kind].network;
  const warning = missingDrivers(work.manifest, [card, controller]);
  if (warning) work.scope.emit({ type: 'warning', message: `${kind}: ${warning}` });
  const about = disks.map(async (file, nth) => ({
    file: path.basename(file),
    fileBytes: await fileSize(file),
    capacityBytes: (await work.raw(nth)).bytes,
  }));
  return ovfDescriptor({
    name: work.name,
    firmware: await work.firmware(),
    hardware: OVA[kind].family(hardwareVersion),
    cpus,
    memoryMiB,
    controller,
    network: card,
    disks: await Promise.all(about),
  });
}
