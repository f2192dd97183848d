import type { Driver } from '../drivers/driver.ts';
import { placeOf } from '../drivers/libvirt/uri.ts';
import { QemuDriver } from '../drivers/qemu/qemu.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { LabImage } from '../model/lab.ts';
import type { DriverChoice } from '../model/plan.ts';

export interface DriverRules {
  /** What everything belongs to. */
  owner: { kind: 'build' | 'run'; id: string };
  /** False: machines outlive us, because a person may want to keep them. */
  diesWithUs: boolean;
}

/** The driver that a person chose, else the lab's. libvirt's library is loaded only for libvirt. */
export async function openDriver(
  choice: DriverChoice | undefined,
  lab: Pick<LabImage, 'driver' | 'libvirt'> | undefined,
  { owner, diesWithUs }: DriverRules,
): Promise<Driver> {
  const name = choice?.name ?? lab?.driver ?? 'qemu';
  if (name === 'qemu') return new QemuDriver({ diesWithUs });
  const { LibvirtDriver } = await import('../drivers/libvirt/libvirt.ts');
  const uri = choice?.uri ?? lab?.libvirt.uri;
  const { xml: extraXml, pool, network, accelerator } = lab?.libvirt ?? {};
  return new LibvirtDriver({
    owner,
    diesWithUs,
    ...(uri === undefined ? {} : { uri }),
    ...(extraXml === undefined ? {} : { extraXml }),
    ...(pool === undefined ? {} : { pool }),
    ...(network === undefined ? {} : { network }),
    ...(accelerator === undefined ? {} : { accelerator }),
  });
}

/** What leads to a machine on another host is ours, and ends with us. @throws GoldsmithError `unsupported` */
export function requireKeepable(
  choice: DriverChoice | undefined,
  lab: Pick<LabImage, 'driver' | 'libvirt'> | undefined,
): void {
  const uri = choice?.uri ?? lab?.libvirt.uri;
  if ((choice?.name ?? lab?.driver) !== 'libvirt' || uri === undefined || placeOf(uri) !== 'remote') return;
  throw new GoldsmithError('unsupported', `A test machine on ${uri} cannot be kept: nothing would lead to it.`, {
    hint: 'goldsmith vm create IMAGE --uri makes one that stays.',
  });
}
