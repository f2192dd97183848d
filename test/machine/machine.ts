import type { Disk, Machine } from '../../core/model/machine.ts';

export const DISK: Disk = {
  id: 'disk0',
  path: '/b/disk0.raw',
  format: 'raw',
  interface: 'virtio',
  cache: 'unsafe',
  discard: 'unmap',
  detectZeroes: 'unmap',
};

/** A small machine with everything that must be said of one. */
export const MACHINE: Machine = {
  name: 'web',
  arch: 'x86_64',
  type: 'pc-q35-10.0',
  accelerator: 'tcg',
  cpuModel: 'max',
  cpus: { count: 2 },
  memoryMiB: 512,
  firmware: { kind: 'bios' },
  disks: [DISK],
  cdroms: [{ id: 'cd0', path: '/b/x.iso', interface: 'ide' }],
  floppies: [],
  nics: [{ id: 'net0', model: 'virtio-net-pci', kind: 'user', forwards: [{ hostPort: 0, guestPort: 22 }] }],
  boot: { kind: 'firmware' },
  serialLog: '/b/serial.log',
  extraArgs: [],
};
