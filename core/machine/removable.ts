import type { Cdrom, Floppy } from '../model/machine.ts';
import { type ArgumentGroup, json } from './arguments.ts';
import { busXml, type LibvirtBuses } from './libvirt-bus.ts';
import { attributes, type DevicePart, type XmlElement } from './xml.ts';

const CD_DEVICES: Record<Cdrom['interface'], { driver: string; controller?: string }> = {
  ide: { driver: 'ide-cd' },
  sata: { driver: 'ide-cd', controller: 'ahci' },
  scsi: { driver: 'scsi-cd', controller: 'lsi53c895a' },
  'virtio-scsi': { driver: 'scsi-cd', controller: 'virtio-scsi-pci' },
  virtio: { driver: 'virtio-blk-pci' },
};

/**
 * A CD, always read as raw: an image that carries a qcow2 header would otherwise have its backing file, any file
 * of the host, opened by QEMU (facts: reliability-security, finding 5).
 */
export function cdromArguments(cd: Cdrom, bootIndex: number): ArgumentGroup {
  const { driver, controller } = CD_DEVICES[cd.interface];
  return {
    owner: '-drive',
    args: [
      ...rawNode(cd.id, cd.path),
      ...(controller ? json('-device', { driver: controller, id: `${cd.id}-bus` }) : []),
      ...json('-device', {
        driver,
        id: `${cd.id}-dev`,
        drive: cd.id,
        bootindex: bootIndex,
        ...(controller ? { bus: `${cd.id}-bus.0` } : {}),
      }),
    ],
  };
}

export const floppyArguments = (floppy: Floppy): ArgumentGroup => ({
  owner: '-fda',
  args: [
    ...rawNode(floppy.id, floppy.path),
    ...json('-device', { driver: 'isa-fdc', id: `${floppy.id}-bus` }),
    ...json('-device', { driver: 'floppy', id: `${floppy.id}-dev`, drive: floppy.id, bus: `${floppy.id}-bus.0` }),
  ],
});

const rawNode = (id: string, filename: string): string[] =>
  json('-blockdev', {
    driver: 'raw',
    'node-name': id,
    'read-only': true,
    file: { driver: 'file', filename, 'read-only': true },
  });

const RAW = attributes({ name: 'qemu', type: 'raw' });

/** The same CD for libvirt; on virtio a CD is a disk that cannot be written to, since virtio has no CDs. */
export function cdromXml(cd: Cdrom, bootOrder: number, buses: LibvirtBuses): DevicePart[] {
  const bus = busXml(cd.interface, buses);
  const element = {
    ...attributes({ type: 'file', device: cd.interface === 'virtio' ? 'disk' : 'cdrom' }),
    driver: RAW,
    source: attributes({ file: cd.path }),
    ...bus.elements,
    boot: attributes({ order: bootOrder }),
    readonly: {},
    alias: attributes({ name: `ua-${cd.id}` }),
  };
  return [...bus.controllers, { elements: { disk: element }, ...(bus.takesSlot ? { takesSlot: true } : {}) }];
}

export const floppyXml = (floppy: Floppy, nth: number): DevicePart => ({
  elements: {
    disk: {
      ...attributes({ type: 'file', device: 'floppy' }),
      driver: RAW,
      source: attributes({ file: floppy.path }),
      target: attributes({ dev: `fd${'ab'[nth] ?? 'a'}`, bus: 'fdc' }),
      readonly: {},
      alias: attributes({ name: `ua-${floppy.id}` }),
    },
  },
});

/** The same CD or floppy with nothing in it: what libvirt is given to take the medium out. */
export function emptied(disk: XmlElement): XmlElement {
  const { source: _, boot: __, ...rest } = disk;
  return rest;
}
