import type { Disk, DiskInterface } from '../model/machine.ts';
import { type ArgumentGroup, json } from './arguments.ts';
import { busXml, type LibvirtBuses } from './libvirt-bus.ts';
import { attributes, type DevicePart } from './xml.ts';

/** QEMU's cache modes as block-layer flags (qemu(1), `-drive cache=`). */
const CACHE: Record<Disk['cache'], { direct: boolean; 'no-flush': boolean; 'write-cache': 'on' | 'off' }> = {
  writeback: { direct: false, 'no-flush': false, 'write-cache': 'on' },
  writethrough: { direct: false, 'no-flush': false, 'write-cache': 'off' },
  none: { direct: true, 'no-flush': false, 'write-cache': 'on' },
  unsafe: { direct: false, 'no-flush': true, 'write-cache': 'on' },
  directsync: { direct: true, 'no-flush': false, 'write-cache': 'off' },
};

/** The device of each Packer `disk_interface`, and the controller that it needs besides. */
const DEVICES: Record<DiskInterface, { driver: string; controller?: string }> = {
  virtio: { driver: 'virtio-blk-pci' },
  'virtio-scsi': { driver: 'scsi-hd', controller: 'virtio-scsi-pci' },
  scsi: { driver: 'scsi-hd', controller: 'lsi53c895a' },
  sata: { driver: 'ide-hd', controller: 'ahci' },
  ide: { driver: 'ide-hd' },
  sd: { driver: 'sd-card', controller: 'sdhci-pci' },
};

/** A disk: a block node that names its format on every layer, and the device in front of it. */
export function diskArguments(disk: Disk, bootIndex: number): ArgumentGroup {
  const { 'write-cache': writeCache, ...cache } = CACHE[disk.cache];
  const { driver, controller } = DEVICES[disk.interface];
  const common = { 'read-only': disk.readOnly ?? false, cache, discard: disk.discard };
  return {
    owner: '-drive',
    args: [
      ...json('-blockdev', {
        driver: disk.format,
        'node-name': disk.id,
        'detect-zeroes': disk.detectZeroes,
        ...common,
        file: { driver: 'file', filename: disk.path, ...common },
      }),
      ...(controller ? json('-device', { driver: controller, id: `${disk.id}-bus` }) : []),
      ...json('-device', {
        driver,
        id: `${disk.id}-dev`,
        drive: disk.id,
        ...(controller ? { bus: `${disk.id}-bus.0` } : {}),
        ...(disk.interface === 'sd' ? {} : { bootindex: bootIndex, 'write-cache': writeCache }),
      }),
    ],
  };
}

/** The same disk for libvirt, which names the format of every layer itself. */
export function diskXml(disk: Disk, bootOrder: number, buses: LibvirtBuses): DevicePart[] {
  const bus = busXml(disk.interface, buses);
  const driver = attributes({
    name: 'qemu',
    type: disk.format,
    cache: disk.cache,
    discard: disk.discard,
    detect_zeroes: disk.detectZeroes,
  });
  const element = {
    ...attributes({ type: 'file', device: 'disk' }),
    driver,
    source: attributes({ file: disk.path }),
    ...bus.elements,
    boot: attributes({ order: bootOrder }),
    ...(disk.readOnly ? { readonly: {} } : {}),
    alias: attributes({ name: `ua-${disk.id}` }),
  };
  return [...bus.controllers, { elements: { disk: element }, ...(bus.takesSlot ? { takesSlot: true } : {}) }];
}
