import type { Spoil } from './spoiling-proxy.ts';

/** Something that goes wrong in a real installation of this lab's Debian 13. */
export interface InstallerFailure {
  name: string;
  /** In a copy of the recipe: file below packer/debian, what stands there, what stands there instead. */
  edit?: [file: string, before: string, after: string];
  /** Values of the recipe's variables. */
  variables?: Record<string, string>;
  /** The mirror comes through a proxy that does this. */
  spoil?: Spoil;
  /** Done once the installer is in this stage. */
  kill?: string;
  /** What the build has to say. */
  reason: RegExp;
}

const NO_DHCP =
  '[["-netdev", "socket,id=user.0,udp=127.0.0.1:9,localaddr=127.0.0.1:0"], ["-device", "virtio-net,netdev=user.0"]]';

export const INSTALLER_FAILURES: InstallerFailure[] = [
  {
    name: 'the preseed is not there',
    edit: ['debian.pkr.hcl', '/preseed.cfg"', '/presed.cfg"'],
    reason: /asked for \/presed\.cfg and got HTTP 404/,
  },
  {
    name: 'a script of the preseed fails',
    edit: ['http/early.sh', 'set -e\n', 'exit 7\n'],
    reason: /script of the preseed failed/,
  },
  {
    name: "the mirror's name does not resolve",
    variables: { mirror: 'mirror.invalid' },
    reason: /mirror\.invalid cannot be resolved|mirror cannot be (?:used|reached)/,
  },
  {
    name: 'the mirror has no archive there',
    variables: { mirror_directory: '/no-such-archive' },
    reason: /mirror/,
  },
  {
    name: "the mirror's signature is wrong",
    spoil: { path: /\/InRelease$/, how: 'flipped' },
    reason: /signature|mirror/i,
  },
  {
    name: 'a question is left open',
    edit: ['http/answers.cfg', 'd-i passwd/root-password-crypted password *\n', ''],
    reason: /Root password/,
  },
  {
    name: 'the disk has another name',
    edit: ['http/answers.cfg', '/dev/vda', '/dev/sda'],
    reason: /disk|partition|root file system/i,
  },
  {
    name: 'the disk is too small for the recipe',
    variables: { disk_size: '512M' },
    reason: /disk|partition|root file system/i,
  },
  {
    name: 'a file system that nobody knows',
    edit: ['http/early.sh', 'filesystem{ ext4 } mountpoint{ / }', 'filesystem{ ext9 } mountpoint{ / }'],
    reason: /file system|partition/i,
  },
  {
    name: 'no root in the recipe',
    edit: ['http/early.sh', 'mountpoint{ / }', 'mountpoint{ /srv }'],
    reason: /root file system/i,
  },
  {
    name: 'a package that does not exist',
    edit: ['http/answers.cfg', 'string openssh-server,', 'string openssh-server,no-such-package,'],
    reason: /no-such-package/,
  },
  {
    name: 'a package is gone from the mirror',
    spoil: { path: /\/sudo_[^/]*\.deb$/, how: 'gone' },
    reason: /sudo/,
  },
  {
    name: 'a package has the wrong checksum',
    spoil: { path: /\/sudo_[^/]*\.deb$/, how: 'flipped' },
    reason: /sudo|corrupt|checksum/i,
  },
  {
    name: 'nobody gives the guest an address',
    edit: ['debian.pkr.hcl', '[["-bios", var.efi_firmware]] : []', `[["-bios", var.efi_firmware]] : ${NO_DHCP}`],
    reason: /gave the guest an address/,
  },
  {
    name: 'the kernel panics',
    edit: ['debian.pkr.hcl', '"mitigations=off', '"rdinit=/no-such-init mitigations=off'],
    reason: /panic/i,
  },
  { name: 'QEMU is killed', kill: 'Setting up users', reason: /SIGKILL/ },
];
