import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { convertImage } from '../media/qemu-img.ts';
import { writeTar } from './archive.ts';
import { copySparse } from './copy.ts';
import { makeDocker } from './docker.ts';
import { fileSize } from './extents.ts';
import { writeSparseTarGz } from './gnu-tar.ts';
import { identityOf } from './identity.ts';
import { ovfDescriptor } from './ovf.ts';
import { writeFixedVhd } from './vhd.ts';
import type { ExportWork } from './work.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

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
  qcow2: { summary: 'QCOW2 version 3, compressed with zlib', notes: [], make: makeQcow2 },
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
} satisfies Record<string, Target>;

export type TargetName = keyof typeof TARGETS;
export const isTarget = (name: string): name is TargetName => Object.hasOwn(TARGETS, name);

async function makeRaw(work: ExportWork): Promise<string[]> {
  const disk = await work.raw();
  const name = `${work.name}.raw`;
  await copySparse(disk.path, disk.extents, disk.bytes, work.file(name), work.signal);
  return [name];
}

async function makeQcow2(work: ExportWork): Promise<string[]> {
  return [await work.publish(await work.qcow2(), `${work.name}.qcow2`)];
}

async function makeOpenstack(work: ExportWork): Promise<string[]> {
  const disk = await work.raw();
  const properties = {
    disk_format: 'qcow2',
    container_format: 'bare',
    min_disk: Math.ceil(disk.bytes / GIB),
    min_ram: work.options.memoryMiB,
    properties: {
      architecture: 'x86_64',
      hypervisor_type: 'qemu',
      os_type: 'linux',
      hw_disk_bus: 'virtio',
      hw_vif_model: 'virtio',
      hw_firmware_type: (await work.firmware()) === 'efi' ? 'uefi' : 'bios',
    },
  };
  return [...(await makeQcow2(work)), await work.writeJson(`${work.name}.openstack.json`, properties)];
}

async function makeVhd(work: ExportWork, kind: 'vhd' | 'azure'): Promise<string[]> {
  const disk = await work.rawIn(MIB);
  const name = `${work.name}${kind === 'azure' ? '-azure' : ''}.vhd`;
  const { seed, timeS, signal } = work;
  await writeFixedVhd(disk.path, disk.extents, disk.bytes, work.file(name), { seed, timeS, signal });
  return [name];
}

function makeDynamicVhd(work: ExportWork): Promise<string[]> {
  return byQemuImg(work, 'vpc', `${work.name}-dynamic.vhd`, { subformat: 'dynamic', force_size: 'on' });
}

/** By export: the file of `vhdx` and `hyperv` is the same one, and the second must not take it half-written. */
const vhdxOf = new WeakMap<ExportWork, Promise<string[]>>();

function makeVhdx(work: ExportWork): Promise<string[]> {
  const options = { subformat: 'dynamic', block_size: '1M' };
  const made = vhdxOf.get(work) ?? byQemuImg(work, 'vhdx', `${work.name}.vhdx`, options);
  vhdxOf.set(work, made);
  return made;
}

function makeVmdk(work: ExportWork): Promise<string[]> {
  const options = { subformat: 'monolithicSparse', adapter_type: 'lsilogic' };
  return byQemuImg(work, 'vmdk', `${work.name}-sparse.vmdk`, options);
}

async function byQemuImg(
  work: ExportWork,
  format: 'vpc' | 'vhdx' | 'vmdk',
  name: string,
  options: Record<string, string>,
): Promise<string[]> {
  const disk = await work.rawIn(MIB);
  const tell = work.progress(name);
  await convertImage(
    { path: disk.path, format: 'raw' },
    { path: work.file(name), format },
    {
      signal: work.signal,
      options,
      onProgress: fraction => tell(Math.round(fraction * disk.bytes), disk.bytes),
    },
  );
  return [name];
}

async function makeStreamVmdk(work: ExportWork): Promise<string[]> {
  return [await work.publish(await work.streamVmdk(), `${work.name}.vmdk`)];
}

/** The hardware family each hypervisor asks for, and its network card. */
const OVA = {
  vmware: { family: (version: number) => `vmx-${version}`, network: 'VmxNet3' },
  virtualbox: { family: () => 'virtualbox-2.2', network: 'E1000' },
  aws: { family: (version: number) => `vmx-${version}`, network: 'VmxNet3' },
} as const;

async function makeOva(work: ExportWork, kind: keyof typeof OVA): Promise<string[]> {
  const vmdk = await work.streamVmdk();
  const ovf = await describeOvf(work, kind, path.basename(vmdk));
  const hash = work.options.manifestHash;
  const stem = `${work.name}-${kind}`;
  const lines = [
    `${hash.toUpperCase()}(${stem}.ovf)= ${createHash(hash).update(ovf).digest('hex')}`,
    `${hash.toUpperCase()}(${path.basename(vmdk)})= ${await hashOf(vmdk, hash, work.signal)}`,
  ];
  const members = [
    { name: `${stem}.ovf`, text: ovf },
    { name: `${stem}.mf`, text: `${lines.join('\n')}\n` },
    { name: path.basename(vmdk), file: vmdk },
  ];
  await writeTar(work.file(`${stem}.ova`), members, { timeS: work.timeS, signal: work.signal });
  return [`${stem}.ova`];
}

async function describeOvf(work: ExportWork, kind: keyof typeof OVA, diskName: string): Promise<string> {
  const { cpus, memoryMiB, hardwareVersion } = work.options;
  const { family, network } = OVA[kind];
  return ovfDescriptor({
    name: work.name,
    firmware: await work.firmware(),
    hardware: family(hardwareVersion),
    cpus,
    memoryMiB,
    network,
    disk: {
      file: diskName,
      fileBytes: await fileSize(await work.streamVmdk()),
      capacityBytes: (await work.raw()).bytes,
    },
  });
}

/** Stands for the bucket in the import requests. */
export const BUCKET_PLACEHOLDER = '@BUCKET@';

async function makeAws(work: ExportWork): Promise<string[]> {
  const [vmdk = ''] = await makeStreamVmdk(work);
  // upload.sh puts the bucket in.
  const bucket = { S3Bucket: BUCKET_PLACEHOLDER, S3Key: vmdk };
  const image = {
    Description: work.name,
    Architecture: 'x86_64',
    Platform: 'Linux',
    BootMode: (await work.firmware()) === 'efi' ? 'uefi' : 'legacy-bios',
    DiskContainers: [{ Description: work.name, Format: 'VMDK', UserBucket: bucket }],
  };
  const snapshot = { Description: work.name, Format: 'VMDK', UserBucket: bucket };
  return [
    vmdk,
    await work.writeJson(`${work.name}.import-image.json`, image),
    await work.writeJson(`${work.name}.import-snapshot.json`, snapshot),
  ];
}

async function makeGcp(work: ExportWork): Promise<string[]> {
  const disk = await work.rawIn(GIB);
  const name = `${work.name}-gcp.tar.gz`;
  await writeSparseTarGz(disk.path, disk.extents, work.file(name), {
    name: 'disk.raw',
    diskBytes: disk.bytes,
    timeS: work.timeS,
    signal: work.signal,
    onProgress: work.progress(name),
  });
  return [name];
}

/** vagrant-libvirt's first layout: one disk, whose size in GiB is rounded up. */
async function makeLibvirtBox(work: ExportWork): Promise<string[]> {
  const disk = await work.raw();
  const metadata = { provider: 'libvirt', format: 'qcow2', virtual_size: Math.ceil(disk.bytes / GIB) };
  const vagrantfile =
    'Vagrant.configure("2") do |config|\n  config.vm.provider :libvirt do |libvirt|\n    libvirt.driver = "kvm"\n  end\nend\n';
  return writeBox(work, 'libvirt', [
    { name: 'metadata.json', text: `${JSON.stringify(metadata)}\n` },
    { name: 'Vagrantfile', text: vagrantfile },
    { name: 'box.img', file: await work.qcow2() },
  ]);
}

async function makeVirtualboxBox(work: ExportWork): Promise<string[]> {
  const vmdk = await work.streamVmdk();
  const mac = `080027${identityOf(work.seed, 'mac').toString('hex', 0, 3).toUpperCase()}`;
  return writeBox(work, 'virtualbox', [
    { name: 'metadata.json', text: '{"provider":"virtualbox"}\n' },
    { name: 'Vagrantfile', text: `Vagrant.configure("2") do |config|\n  config.vm.base_mac = "${mac}"\nend\n` },
    { name: 'box.ovf', text: await describeOvf(work, 'virtualbox', path.basename(vmdk)) },
    { name: path.basename(vmdk), file: vmdk },
  ]);
}

async function writeBox(
  work: ExportWork,
  provider: string,
  members: Parameters<typeof writeTar>[1],
): Promise<string[]> {
  const name = `${work.name}-${provider}.box`;
  // The disk in it is compressed already: another pass of gzip would cost time and win nothing.
  await writeTar(work.file(name), members, { timeS: work.timeS, signal: work.signal });
  return [name];
}

export async function hashOf(file: string, algorithm: 'sha256' | 'sha1', signal: AbortSignal): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}
