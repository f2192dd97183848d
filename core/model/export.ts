/** Every format that a release can be handed on in; what each is stands in core/export/targets.ts. */
export const TARGET_NAMES = [
  'raw',
  'qcow2',
  'openstack',
  'vhd',
  'azure',
  'vhd-dynamic',
  'vhdx',
  'hyperv',
  'vmdk',
  'vmdk-stream',
  'ova-vmware',
  'ova-virtualbox',
  'aws-ova',
  'aws',
  'gcp',
  'vagrant-libvirt',
  'vagrant-virtualbox',
  'docker',
] as const;
export type TargetName = (typeof TARGET_NAMES)[number];

export const CONTROLLERS = ['sata', 'lsilogic', 'lsilogicsas', 'pvscsi', 'ide'] as const;
export const NETWORK_CARDS = ['vmxnet3', 'e1000'] as const;
export const COMPRESSIONS = ['zlib', 'zstd', 'none'] as const;

/** What can be chosen of a target. */
export interface ExportSettings {
  /** `vmx-N`: the oldest VMware that is to take the OVA. */
  hardwareVersion: number;
  /** Of the manifest in an OVA: SHA-1 for VMware before 6.5. */
  manifestHash: 'sha256' | 'sha1';
  /** What the disks of an OVA hang on; the guest has to have its driver. */
  controller: (typeof CONTROLLERS)[number];
  /** Undefined: the one that is usual for the hypervisor. */
  network?: (typeof NETWORK_CARDS)[number];
  /** Undefined: the one that the image was tested with. */
  firmware?: 'bios' | 'efi';
  /** What an OVA and OpenStack give the machine. */
  cpus: number;
  memoryMiB: number;
  /** Of a QCOW2. Not every reader knows zstd. */
  compression: (typeof COMPRESSIONS)[number];
  /** Layout of a Vagrant box for libvirt: 2 has several disks, and needs vagrant-libvirt 0.5. */
  boxVersion: 1 | 2;
}

/** The catalogue that a Vagrantfile's `box_url` points at. */
export interface VagrantCatalog {
  /** Extended by each release; made when it is not there. */
  file: string;
  /** Where the hand-off's folder will be found, with a slash at its end; undefined: where it is made. */
  baseUrl?: string;
  /** `user/box` as the Vagrantfile names it; undefined: the image's name. */
  name?: string;
}
