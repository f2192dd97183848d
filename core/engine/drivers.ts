import type { Driver } from '../drivers/driver.ts';
import { QemuDriver } from '../drivers/qemu/qemu.ts';
import type { DriverChoice } from '../model/engine.ts';
import type { LabImage } from '../model/lab.ts';

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
