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

/** Every format an image can be handed on in. */
export const TARGETS = {
  raw: { summary: 'sparse raw disk', notes: [], make: makeRaw },
  qcow2: { summary: 'QCOW2 version 3, compressed', notes: [], make: makeQcow2 },
  openstack: {
    summary: 'QCOW2 and the Glance properties',
    notes: ['Minimum disk and memory are in the properties file.'],
    make: makeOpenstack,
  },
  vhd: { summary: 'fixed VHD, a whole number of MiB', notes: [], make: work => makeVhd(work, 'vhd') },
  azure: {
    summary: 'fixed VHD for Azure',
    notes: ['Generation 1 boots with BIOS, generation 2 with UEFI: upload.sh names the one of this image.'],
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
  'ova-vmware': { summary: 'OVA for VMware', notes: [], make: work => makeOva(work, 'vmware') },
  'ova-virtualbox': { summary: 'OVA for VirtualBox', notes: [], make: work => makeOva(work, 'virtualbox') },
  'aws-ova': { summary: 'OVA for AWS VM Import', notes: [], make: work => makeOva(work, 'aws') },
  aws: {
    summary: 'streamOptimized VMDK with the import requests of AWS',
    notes: ['import-image changes the guest (drivers, network); import-snapshot leaves it as it was tested.'],
    make: makeAws,
  },
  gcp: { summary: 'disk.raw in an old-GNU sparse tar.gz, whole GiB', notes: [], make: makeGcp },
  'vagrant-libvirt': { summary: 'Vagrant box for libvirt', notes: [], make: makeLibvirtBox },
  'vagrant-virtualbox': { summary: 'Vagrant box for VirtualBox', notes: [], make: makeVirtualboxBox },
  docker: {
    summary: 'root file system as tar.gz for docker import',
    notes: ['It has no kernel and starts nothing by itself: name a command, as upload-docker.sh does.'],
    make: makeDocker,
  },
} satisfies Record<TargetName, Target>;

export const isTarget = (name: string): name is TargetName => Object.hasOwn(TARGETS, name);
