import type { TargetName } from '../model/export.ts';
import { makeLibvirtBox, makeVirtualboxBox } from './boxes.ts';
import { makeAws, makeGcp, makeOpenstack } from './clouds.ts';
import { makeDynamicVhd, makeQcow2, makeRaw, makeStreamVmdk, makeVhd, makeVhdx, makeVmdk } from './disk-files.ts';
import { makeDocker } from './docker.ts';
import { makeOva } from './ova.ts';
import type { ExportWork } from './work.ts';

/** One target format: what it is, and how its files are made. */
export interface Target {
  summary: string;
  /** What somebody who imports it has to know. */
  notes: string[];
  /** @returns the names of the files it made in the export's folder */
  make(work: ExportWork): Promise<string[]>;
}

const VAGRANT_GUEST =
  'Vagrant asks of the guest: a user vagrant with its well-known key, sudo without a password, SSH host keys made at the first boot.';

/** Every format an image can be handed on in. */
export const TARGETS = {
  raw: { summary: 'sparse raw disk', notes: [], make: makeRaw },
  qcow2: { summary: 'QCOW2 version 3, compressed', notes: [], make: makeQcow2 },
  openstack: {
    summary: 'QCOW2 and the Glance properties',
    notes: ['Minimum disk, memory and the properties are in the .openstack.json file, and in the command.'],
    make: makeOpenstack,
  },
  vhd: { summary: 'fixed VHD, a whole number of MiB', notes: [], make: work => makeVhd(work, 'vhd') },
  azure: {
    summary: 'fixed VHD for Azure',
    notes: [
      'Generation 1 boots with BIOS, generation 2 with UEFI: the script names the one of this image.',
      'Azure asks of the guest: hv_vmbus, hv_storvsc and hv_netvsc in its initramfs, no swap on this disk, console=ttyS0, and cloud-init or waagent.',
    ],
    make: work => makeVhd(work, 'azure'),
  },
  'vhd-dynamic': { summary: 'dynamic VHD', notes: ['Azure does not take it.'], make: makeDynamicVhd },
  vhdx: { summary: 'dynamic VHDX, blocks of 1 MiB', notes: [], make: makeVhdx },
  hyperv: {
    summary: 'dynamic VHDX for Hyper-V',
    notes: [
      'With UEFI choose generation 2 and the Secure Boot template of the Microsoft UEFI CA; with BIOS generation 1.',
    ],
    make: makeVhdx,
  },
  vmdk: { summary: 'monolithicSparse VMDK', notes: [], make: makeVmdk },
  'vmdk-stream': { summary: 'streamOptimized VMDK', notes: ['Read-only until it is imported.'], make: makeStreamVmdk },
  'ova-vmware': {
    summary: 'OVA for VMware',
    notes: ['vSphere: Deploy OVF Template takes it too. An ESXi that is too old for its hardware version refuses it.'],
    make: work => makeOva(work, 'vmware'),
  },
  'ova-virtualbox': {
    summary: 'OVA for VirtualBox',
    notes: [
      'VirtualBox reads no firmware from an OVF: imported by hand, a machine with UEFI wants `VBoxManage modifyvm NAME --firmware efi`.',
    ],
    make: work => makeOva(work, 'virtualbox'),
  },
  'aws-ova': { summary: 'OVA for AWS VM Import', notes: [], make: work => makeOva(work, 'aws') },
  aws: {
    summary: 'streamOptimized VMDK with the import requests of AWS',
    notes: [
      'The script imports snapshots and registers them: the guest stays as it was tested. import-image would change it (drivers, network).',
      'Instances want NVMe and ENA drivers in the guest.',
    ],
    make: makeAws,
  },
  gcp: {
    summary: 'disk.raw in an old-GNU sparse tar.gz, whole GiB',
    notes: ['Google asks of the guest: virtio-scsi and virtio-net, console=ttyS0,38400n8d, and its guest environment.'],
    make: makeGcp,
  },
  'vagrant-libvirt': {
    summary: 'Vagrant box for libvirt',
    notes: ['`vagrant box add` with the .vagrant.json file, in this folder.', VAGRANT_GUEST],
    make: makeLibvirtBox,
  },
  'vagrant-virtualbox': {
    summary: 'Vagrant box for VirtualBox',
    notes: ['`vagrant box add` with the .vagrant.json file, in this folder.', VAGRANT_GUEST],
    make: makeVirtualboxBox,
  },
  docker: {
    summary: 'root file system as tar.gz for docker import',
    notes: ['It has no kernel and starts nothing by itself: name a command, as upload-docker.sh does.'],
    make: makeDocker,
  },
} satisfies Record<TargetName, Target>;

export const isTarget = (name: string): name is TargetName => Object.hasOwn(TARGETS, name);
