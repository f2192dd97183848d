import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ExportSettings } from '../model/export.ts';
import { GoldsmithError } from '../model/failure.ts';
import { writeTar } from './archive.ts';
import { fileSize } from './extents.ts';
import { hashOf } from './hash.ts';
import { missingDrivers } from './missing-drivers.ts';
import { MOST_DISKS, ovfDescriptor } from './ovf.ts';
import { streamVmdk } from './shared-disks.ts';
import type { ExportWork } from './work.ts';

type Hardware = ExportSettings['controller'] | NonNullable<ExportSettings['network']>;
interface Hypervisor {
  /** The hardware family it asks for. */
  family: (version: number) => string;
  /** The card it is given where nobody chose. */
  network: NonNullable<ExportSettings['network']>;
  /** What it does not have, and takes for something else without a word (VirtualBox, ApplianceImplImport.cpp). */
  lacks: Hardware[];
}

export type OvaKind = 'vmware' | 'virtualbox' | 'aws';
const OVA: Record<OvaKind, Hypervisor> = {
  vmware: { family: version => `vmx-${version}`, network: 'vmxnet3', lacks: [] },
  virtualbox: { family: () => 'virtualbox-2.2', network: 'e1000', lacks: ['pvscsi', 'vmxnet3'] },
  aws: { family: version => `vmx-${version}`, network: 'vmxnet3', lacks: [] },
};

/** @throws GoldsmithError `unsupported` when the hypervisor has not what was chosen, or the controller not so many disks */
export function checkHardware(work: ExportWork, kind: OvaKind): void {
  const { controller, network } = work.settings;
  const missing = [controller, network].find(one => one !== undefined && OVA[kind].lacks.includes(one));
  if (missing !== undefined) {
    throw new GoldsmithError('unsupported', `A machine of ${kind} has no ${missing}.`, {
      hint: 'Choose sata and e1000 for it; in lab.yaml each target has its own controller and network.',
    });
  }
  const most = MOST_DISKS[controller];
  if (work.diskCount > most) {
    throw new GoldsmithError('unsupported', `${work.diskCount} disks do not fit on one ${controller} controller.`, {
      hint: `It takes ${most}; sata takes ${MOST_DISKS.sata}.`,
    });
  }
}

/** An OVA with all disks: the descriptor first, then the manifest, then the disks (DSP0243, 5.1). */
export async function makeOva(work: ExportWork, kind: OvaKind): Promise<string[]> {
  checkHardware(work, kind);
  const disks = await work.eachDisk(nth => streamVmdk(work, nth));
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
  if (warning) work.warn(`${kind}: ${warning}`);
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
