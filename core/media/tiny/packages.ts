/** Debian packages that the tiny guest is made of, and what is taken from each. All from one suite. */

export const SUITE = 'trixie';

/** Its dependency is the kernel itself. The `cloud` one has no driver for e1000 and LSI's controllers. */
export const KERNEL_META_PACKAGE = 'linux-image-amd64';

/** Programs of the installed system. Their libraries are found by what they name as needed. */
export const SYSTEM_PROGRAMS = [
  'usr/bin/busybox',
  'usr/sbin/sshd',
  'usr/lib/openssh/sshd-session',
  'usr/lib/openssh/sshd-auth',
  'usr/lib/openssh/sftp-server',
  'usr/bin/ssh',
  'usr/bin/ssh-keygen',
  'usr/bin/scp',
  'usr/bin/sftp',
  'usr/sbin/e2fsck',
  'usr/sbin/sfdisk',
  'usr/sbin/resize2fs',
  'usr/bin/partx',
] as const;

/** Programs that the installer has besides busybox. */
export const INSTALLER_PROGRAMS = ['usr/sbin/sfdisk', 'usr/sbin/mke2fs'] as const;

/** Packages of the programs above, and of those that make the ISO here: their version is an input like any other. */
const PROGRAM_PACKAGES = [
  'busybox-static',
  'openssh-server',
  'openssh-client',
  'openssh-sftp-server',
  'e2fsprogs',
  'fdisk',
  'util-linux',
  'grub-common',
  'grub-pc-bin',
  'grub-efi-amd64-bin',
  'mtools',
  'xorriso',
] as const;

/** Packages of the libraries that those programs need. A missing one is named when the ISO is made. */
const LIBRARY_PACKAGES = [
  'libacl1',
  'libaudit1',
  'libblkid1',
  'libbsd0',
  'libburn4t64',
  'libbz2-1.0',
  'libc6',
  'libcap-ng0',
  'libcap2',
  'libcbor0.10',
  'libcom-err2',
  'libcrypt1',
  'libdevmapper1.02.1',
  'libedit2',
  'libext2fs2t64',
  'libfdisk1',
  'libfido2-1',
  'libgssapi-krb5-2',
  'libisoburn1t64',
  'libisofs6t64',
  'libjte2',
  'libk5crypto3',
  'libkeyutils1',
  'libkrb5-3',
  'libkrb5support0',
  'liblzma5',
  'libmd0',
  'libpam0g',
  'libpcre2-8-0',
  'libreadline8t64',
  'libselinux1',
  'libsmartcols1',
  'libsqlite3-0',
  'libss2',
  'libssl3t64',
  'libtinfo6',
  'libudev1',
  'libuuid1',
  'libwrap0',
  'libwtmpdb0',
  'libzstd1',
  'zlib1g',
] as const;

export const PACKAGES: readonly string[] = [...PROGRAM_PACKAGES, ...LIBRARY_PACKAGES];

/** Modules a booting system needs to mount its root: the file system, controllers, disks. */
export const STORAGE_MODULES = [
  'ext4',
  'crc32c_generic',
  'virtio_blk',
  'virtio_scsi',
  'ahci',
  'ata_piix',
  'nvme',
  'vmw_pvscsi',
  'sym53c8xx',
  'sd_mod',
] as const;
/** Modules of the installer besides: CD-ROM and network. */
export const MEDIUM_MODULES = ['sr_mod', 'isofs', 'virtio_net'] as const;
/** Modules of the installed system besides. */
export const SYSTEM_MODULES = [
  ...MEDIUM_MODULES,
  'vmxnet3',
  'e1000',
  'loop',
  'vfat',
  'nls_cp437',
  'nls_ascii',
  'button',
  'evdev',
  'virtio_rng',
  'efivarfs',
] as const;
