import type { TargetName } from '../../core/model/export.ts';
import type { Devices, TargetVm } from './target-vm.ts';

/** Who starts a target's disk, and on what: as near as QEMU comes to it. */
export interface Receiver {
  target: TargetName;
  /** The file of the hand-off, by the end of its name. */
  file: string;
  /** Where the file is an archive: the disk in it. */
  member?: (name: string) => string;
  format: TargetVm['image']['format'];
  machines: Devices[];
}

type Hardware = Pick<Devices, 'disk' | 'card'>;
const both = (hardware: Hardware): Devices[] => [
  { firmware: 'bios', ...hardware },
  { firmware: 'efi', ...hardware },
];
/** Generation 1 has IDE; generation 2 has UEFI and a disk of VMBus, which QEMU lacks: SATA stands for it. */
const HYPER_V: Devices[] = [
  { firmware: 'bios', disk: 'ide', card: 'e1000' },
  { firmware: 'efi', disk: 'sata', card: 'e1000' },
];
const KVM = both({ disk: 'virtio', card: 'virtio-net-pci' });
const VIRTUALBOX = both({ disk: 'sata', card: 'e1000' });

/**
 * Every target with a disk that boots. The others are one of these byte for byte: vhd is azure, vhdx is hyperv, qcow2 is
 * openstack, vmdk-stream and aws-ova are aws (test/export/export.test.ts compares them).
 */
export const RECEIVERS: Receiver[] = [
  // A machine of no hypervisor.
  { target: 'raw', file: '.raw', format: 'raw', machines: both({ disk: 'nvme', card: 'e1000' }) },
  { target: 'azure', file: '-azure.vhd', format: 'vpc', machines: HYPER_V },
  { target: 'hyperv', file: '.vhdx', format: 'vhdx', machines: HYPER_V },
  // Generation 2 takes VHDX only: so there is none with UEFI.
  { target: 'vhd-dynamic', file: '-dynamic.vhd', format: 'vpc', machines: HYPER_V.slice(0, 1) },
  {
    target: 'vmdk',
    file: '-sparse.vmdk',
    format: 'vmdk',
    machines: [
      // QEMU's own LSI Logic controller is an older one than VMware's; OVMF has no driver for it.
      { firmware: 'bios', disk: 'lsi', card: 'e1000' },
      { firmware: 'efi', disk: 'sata', card: 'vmxnet3' },
    ],
  },
  {
    target: 'ova-vmware',
    file: '-vmware.ova',
    member: name => `${name}.vmdk`,
    format: 'vmdk',
    machines: [
      { firmware: 'bios', disk: 'pvscsi', card: 'vmxnet3' },
      // OVMF finds no disk behind QEMU's pvscsi.
      { firmware: 'efi', disk: 'sata', card: 'vmxnet3' },
    ],
  },
  {
    target: 'ova-virtualbox',
    file: '-virtualbox.ova',
    member: name => `${name}.vmdk`,
    format: 'vmdk',
    machines: VIRTUALBOX,
  },
  {
    target: 'vagrant-virtualbox',
    file: '-virtualbox.box',
    member: name => `${name}.vmdk`,
    format: 'vmdk',
    machines: VIRTUALBOX,
  },
  // Amazon's card, ENA, is not in QEMU.
  { target: 'aws', file: '.vmdk', format: 'vmdk', machines: both({ disk: 'nvme', card: 'e1000' }) },
  {
    target: 'gcp',
    file: '-gcp.tar.gz',
    member: () => 'disk.raw',
    format: 'raw',
    machines: both({ disk: 'virtio-scsi', card: 'virtio-net-pci' }),
  },
  { target: 'openstack', file: '.qcow2', format: 'qcow2', machines: KVM },
  { target: 'vagrant-libvirt', file: '-libvirt.box', member: () => 'box_0.img', format: 'qcow2', machines: KVM },
];
