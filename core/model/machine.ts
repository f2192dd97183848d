/** A virtual machine as plain data. Drivers turn it into QEMU arguments or libvirt XML. Paths are absolute. */
export interface Machine {
  /** Letters, digits, dot, dash: shown as the process name. */
  name: string;
  arch: Arch;
  /** QEMU machine type, e.g. `q35`. */
  type: string;
  accelerator: Accelerator;
  /** QEMU CPU model with flags, e.g. `max,la57=off,erms=off`. */
  cpuModel: string;
  cpus: Cpus;
  memoryMiB: number;
  firmware: Firmware;
  disks: Disk[];
  cdroms: Cdrom[];
  floppies: Floppy[];
  nics: Nic[];
  tpm?: Tpm;
  boot: Boot;
  /** Write the serial port's output here; the socket beside it is for people. */
  serialLog: string;
  /** Raw switches of a Packer recipe, already merged with its replacement rules; appended as they stand. */
  extraArgs: string[];
  /**
   * `extraArgs` describe all devices, as Packer would: nothing of firmware, disks, CDs, floppies, cards, memory and
   * processors above is given to QEMU as well. Only processor model, accelerator, console, monitor and TPM are ours.
   */
  hasOwnDevices?: boolean;
  /** A recipe's `qemu_binary`, where it is not the usual one of the architecture. */
  binary?: string;
}

export type Arch = 'x86_64' | 'i386' | 'aarch64' | 'ppc64' | 'riscv64' | 's390x';
export type Accelerator = 'kvm' | 'tcg' | 'hvf' | 'whpx' | 'xen';

export interface Cpus {
  count: number;
  sockets?: number;
  cores?: number;
  threads?: number;
}

export type Firmware =
  /** With `isFlash`, the file at `path` is read-only flash rather than a BIOS that is loaded. */
  | { kind: 'bios'; path?: string; isFlash?: boolean }
  /** `vars` is this machine's own writable copy. */
  | { kind: 'efi'; code: string; vars: string; secureBoot: boolean };

export type ImageFormat = 'qcow2' | 'raw';
export type DiskInterface = 'virtio' | 'virtio-scsi' | 'scsi' | 'sata' | 'ide' | 'sd';

export interface Disk {
  id: string;
  path: string;
  format: ImageFormat;
  interface: DiskInterface;
  cache: 'writeback' | 'writethrough' | 'none' | 'unsafe' | 'directsync';
  discard: 'unmap' | 'ignore';
  detectZeroes: 'off' | 'on' | 'unmap';
  readOnly?: boolean;
}

/** Always raw: a CD image of any other format is refused before it gets here. */
export interface Cdrom {
  id: string;
  path: string;
  interface: 'ide' | 'sata' | 'scsi' | 'virtio-scsi' | 'virtio';
}

export interface Floppy {
  id: string;
  path: string;
}

export type Nic = {
  id: string;
  /** QEMU device, e.g. `virtio-net-pci`. */
  model: string;
  mac?: string;
  /** Guest ports to be reached on 127.0.0.1; of a card on a bridge, where the driver can find the guest. */
  forwards: { hostPort: number; guestPort: number }[];
} & ({ kind: 'user' } | { kind: 'bridge'; bridge: string });

export interface Tpm {
  device: string;
  version: '1.2' | '2.0';
}

export type Boot =
  /** As the firmware finds it: disks first, then CDs. */
  | { kind: 'firmware' }
  /** Kernel and initrd loaded by QEMU: no bootloader, no typing. */
  | { kind: 'direct'; kernel: string; initrd: string; append: string };
