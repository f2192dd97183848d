import type { StopCode, WatchSource } from '../../core/installer/recognisers.ts';
import type { InstallerName } from '../../core/model/lab.ts';

/** Over 400 lines: a table of cases, one after the other, which nothing is gained by cutting. */

/** What an installer logged until it stood still, and what a person should be told. */
export interface Stop {
  name: string;
  /** Rows of the tables this one exercises. */
  rows: string[];
  installer?: InstallerName;
  source?: WatchSource;
  lines: string[];
  code?: StopCode;
  reason: string;
  hint?: string | RegExp;
}

const menu = (item: string): string => `main-menu[214]: INFO: Menu item '${item}' selected`;
const failed = (item: string, code: number): string[] => [
  `main-menu[214]: WARNING **: Configuring '${item}' failed with error code ${code}`,
  `main-menu[214]: WARNING **: Menu item '${item}' failed.`,
  'main-menu[214]: INFO: Falling back to the package description for brltty-udeb',
  "main-menu[214]: INFO: Modifying debconf priority limit from 'critical' to 'high'",
];

const ANACONDA: Omit<Stop, 'installer'>[] = [
  {
    name: 'Anaconda that cannot read the kickstart',
    rows: ['anaconda-kickstart'],
    lines: ['anaconda: Starting automated install', 'anaconda: KickstartParseError: Unknown command: lnag'],
    reason: 'Anaconda cannot read the kickstart. Unknown command: lnag.',
    hint: /goldsmith lint/,
  },
  {
    name: 'a script of a kickstart that fails',
    rows: ['anaconda-script'],
    lines: ['anaconda: There was an error running the kickstart script at line 31.  This is a fatal error'],
    reason: 'The script at line 31 of the kickstart failed, and it has --erroronfail.',
  },
  {
    name: 'Anaconda that asks',
    rows: ['anaconda-asks'],
    source: 'screen',
    lines: ["Please make a selection from the above ['b' to begin installation, 'q' to quit, 'r' to refresh]:"],
    reason: 'Anaconda asks: the kickstart leaves something open.',
  },
  {
    name: 'Anaconda that fails, and why',
    rows: ['anaconda-unknown', 'anaconda-packages'],
    lines: ['packaging: No match for argument: nginxx', 'anaconda: An unknown error has occurred'],
    reason: 'Anaconda ended with an error of its own.',
  },
  {
    name: 'Anaconda of RHEL 9 that fails in its own words',
    rows: ['anaconda-unknown'],
    lines: ['An unknown error has occured, look at the /tmp/anaconda-tb* file(s) for more details'],
    reason: 'Anaconda ended with an error of its own.',
  },
  {
    name: 'Anaconda that says after it what failed',
    rows: ['anaconda-payload', 'anaconda-packages'],
    source: 'serial',
    lines: [
      'The following error occurred while installing the payload. This is a fatal error and installation will be aborted.',
      'DNF error: Error in POSTTRANS scriptlet in rpm package grub2-common',
    ],
    reason:
      'The packages cannot be had or installed: Error in POSTTRANS scriptlet in rpm package grub2-common. Anaconda could not install the packages.',
  },
  {
    name: 'Anaconda without a boot loader',
    rows: ['anaconda-boot-loader'],
    source: 'screen',
    lines: ['The following error occurred while installing the boot loader. The system will'],
    reason: 'The boot loader could not be installed, and Anaconda asks whether to go on without it.',
  },
  {
    name: 'an installer without its second stage',
    rows: ['anaconda-stage2'],
    source: 'serial',
    lines: ['dracut-initqueue[688]: Warning: dracut-initqueue: timeout, still waiting for following initqueue hooks:'],
    reason: 'The installer did not find its second stage.',
    hint: /inst\.stage2/,
  },
];

const SUBIQUITY: Omit<Stop, 'installer' | 'source'>[] = [
  {
    name: 'a step of subiquity that fails, with those around it',
    rows: ['subiquity-step'],
    lines: [
      'start: subiquity/Install/install/curtin_install/cmd-install/stage-curthooks/builtin/cmd-curthooks/install-grub: installing grub to target devices',
      'finish: subiquity/Install/install/curtin_install/cmd-install/stage-curthooks/builtin/cmd-curthooks/install-grub: FAIL: installing grub to target devices',
    ],
    reason:
      "Ubuntu's installer failed in Install/install/curtin_install/cmd-install/stage-curthooks/builtin/cmd-curthooks/install-grub: installing grub to target devices.",
  },
  {
    name: 'an autoinstall with a mistake, told after the end',
    rows: ['subiquity-answers', 'subiquity-error'],
    lines: [
      'waiting for cloud-init...',
      'An error occurred. Press enter to start a shell',
      "finish: subiquity/Updates/load_autoinstall_data: 'justno' is not one of ['security', 'all']",
    ],
    reason:
      "The autoinstall has a mistake in the section Updates: 'justno' is not one of ['security', 'all']. Ubuntu's installer ended with an error and offers a shell.",
    hint: /goldsmith lint/,
  },
  {
    name: 'subiquity without its word on the kernel line',
    rows: ['subiquity-confirm'],
    lines: ['Confirmation is required to continue.', 'Continue with autoinstall? (yes|no)'],
    reason: "Ubuntu's installer asks whether it may erase the disk.",
  },
];

const OPENBSD: Omit<Stop, 'installer' | 'source'>[] = [
  {
    name: 'OpenBSD with a question left open',
    rows: ['openbsd-question'],
    lines: ['Password for root account?', 'Question has no answer in response file: "password for root account?"'],
    reason: 'install.conf has no answer to "password for root account?".',
  },
  {
    name: 'OpenBSD with an answer that it does not take',
    rows: ['openbsd-answer', 'openbsd-failed'],
    lines: ["'wd7' is not a valid choice.", 'failed; check /tmp/ai/ai.log'],
    reason: "The installer does not take the answer wd7. OpenBSD's installer stopped.",
  },
  {
    name: 'OpenBSD whose disk is too small',
    rows: ['openbsd-partitions'],
    lines: ['Autopartitioning failed.'],
    reason: 'The disk cannot be divided or made to boot: Autopartitioning failed.',
  },
  {
    name: 'OpenBSD with sets of another release',
    rows: ['openbsd-sets'],
    lines: ['Checksum test for base79.tgz failed.'],
    reason: 'The sets cannot be installed: Checksum test for base79.tgz failed.',
  },
];

export const STOPS: Stop[] = [
  ...ANACONDA.map((stop): Stop => ({ ...stop, installer: 'anaconda' })),
  ...SUBIQUITY.map((stop): Stop => ({ ...stop, installer: 'subiquity', source: 'serial' })),
  ...OPENBSD.map((stop): Stop => ({ ...stop, installer: 'openbsd', source: 'screen' })),
  {
    name: 'a netboot image that does not fit the mirror',
    rows: ['no-kernel-modules'],
    lines: [
      menu('download-installer'),
      'anna[1399]: WARNING **: no packages matching running kernel 6.12.107+deb13-amd64 in archive',
    ],
    reason: 'The mirror has no modules for the installer kernel 6.12.107+deb13-amd64.',
    hint: /goldsmith iso debian-13/,
  },
  {
    name: 'a component that is not on the mirror',
    rows: ['component-download', 'http-error'],
    lines: [
      menu('download-installer'),
      'anna[1399]: DEBUG: retrieving e2fsprogs-udeb 1.47.2-3',
      'main-menu[214]: (process:1399): wget: server returned error: HTTP/1.1 404 Not Found',
      'anna[1399]: WARNING **: package retrieval failed',
    ],
    reason: 'The installer component e2fsprogs-udeb could not be downloaded. The server answered 404 Not Found.',
  },
  {
    name: 'a component of the wrong checksum',
    rows: ['component-checksum'],
    lines: [
      menu('download-installer'),
      'anna[9]: DEBUG: retrieving partman-base 237',
      'anna[9]: WARNING **: bad sha256sum',
    ],
    reason: 'The installer component partman-base has the wrong checksum.',
  },
  {
    name: 'a mirror with a bad signature',
    rows: ['retriever-error'],
    lines: [menu('download-installer'), 'net-retriever: error: Bad signature on /tmp/net-retriever-1-Release.'],
    reason: 'The mirror cannot be used: Bad signature on /tmp/net-retriever-1-Release.',
  },
  {
    name: 'a preseed file that is not served',
    rows: ['preseed-http'],
    source: 'answers',
    lines: ['GET /presed.cfg 404'],
    reason: 'The installer asked for /presed.cfg and got HTTP 404.',
    hint: /http_directory/,
  },
  {
    name: 'an error in the text frontend',
    rows: ['text-error', 'text-dialog'],
    source: 'serial',
    lines: ['Configure the package manager', '-----------------------------', '!! ERROR: Cannot access repository'],
    reason: 'The installer shows an error: Cannot access repository.',
  },
  {
    name: 'a question in the text frontend',
    rows: ['text-dialog'],
    source: 'screen',
    lines: ['Partition disks', '---------------'],
    reason: 'The installer waits at the dialog "Partition disks".',
  },
  {
    name: 'a network in which nobody gives addresses',
    rows: ['text-dialog', 'no-address'],
    source: 'serial',
    lines: [
      'Configuring the network with DHCP',
      'Configure the network',
      '---------------------',
      'Network autoconfiguration failed',
      'Your network is probably not using the DHCP protocol. Alternatively, the DHCP',
    ],
    reason:
      'Nobody gave the guest an address: no DHCP server answered. The installer waits at the dialog "Configure the network".',
    hint: /netcfg\/disable_autoconfig/,
  },
  {
    name: 'an index of the archive that somebody changed',
    rows: ['archive-signature', 'step-failed'],
    lines: [
      menu('bootstrap-base'),
      'debootstrap: gpgv: BAD signature from "Debian Archive Automatic Signing Key (12/bookworm)"',
      ...failed('bootstrap-base', 1),
    ],
    reason:
      'The signature of the mirror\'s index is wrong: BAD signature from "Debian Archive Automatic Signing Key (12/bookworm)". The installer\'s step bootstrap-base failed (code 1).',
  },
  {
    name: 'a package that the mirror does not give',
    rows: ['package-refused'],
    source: 'answers',
    lines: ['packages: http://mirror.example/debian/pool/main/s/sudo/sudo_1.9_amd64.deb 404', 'GET /presed.cfg 404'],
    reason: 'The installer asked for /presed.cfg and got HTTP 404. The mirror answered HTTP 404 for the package sudo.',
  },
  {
    name: "a mirror's name that our proxy cannot resolve",
    rows: ['mirror-unknown'],
    source: 'answers',
    lines: ['packages: http://mirror.invalid/debian/dists/stable/Release ENOTFOUND'],
    reason: "The mirror's name mirror.invalid cannot be resolved.",
  },
  {
    name: 'a mirror that our proxy cannot reach',
    rows: ['mirror-unreachable'],
    source: 'answers',
    lines: Array(3).fill('packages: http://mirror.example/debian/dists/stable/Release ECONNREFUSED'),
    reason: 'The mirror mirror.example cannot be reached (ECONNREFUSED).',
  },
  {
    name: 'a package of the wrong checksum',
    rows: ['package-damaged'],
    source: 'answers',
    lines: [
      'packages: http://mirror.example/debian/pool/main/s/sudo/sudo_1.9_amd64.deb asked for again',
      'GET /presed.cfg 404',
    ],
    reason:
      'The installer asked for /presed.cfg and got HTTP 404. The package sudo has the wrong checksum: the installer did not take it, and asked for it again.',
  },
  {
    name: 'a component that GNU wget cannot get',
    rows: ['component-download', 'http-error'],
    lines: [
      menu('download-installer'),
      'anna[1399]: DEBUG: retrieving mdadm-udeb 4.4-11',
      'anna[1399]: 2026-11-20 10:00:00 ERROR 404: Not Found.',
      'anna[1399]: WARNING **: package retrieval failed',
    ],
    reason: 'The installer component mdadm-udeb could not be downloaded. The server answered 404 Not Found.',
  },
  {
    name: 'a question the log does not show',
    rows: [],
    lines: [menu('user-setup-udeb')],
    reason: 'The installer is silent in the stage "Setting up users", which takes seconds: it asks a question.',
  },
  {
    name: 'a preseed server that is not there',
    rows: ['preseed-unreachable', 'cannot-connect'],
    lines: [
      menu('network-preseed'),
      "main-menu[214]: (process:900): wget: can't connect to remote host (10.0.2.2): Connection refused",
    ],
    reason: "The preseed server could not be reached: can't connect to remote host (10.0.2.2): Connection refused.",
  },
  {
    name: 'a script of the preseed that fails',
    rows: ['preseed-run'],
    lines: [
      menu('network-preseed'),
      'preseed/run: sh: foo: not found',
      'preseed: error running "http://10.0.2.2:8100/run.sh"',
    ],
    reason: 'A script of the preseed failed: http://10.0.2.2:8100/run.sh.',
  },
  {
    name: 'a mirror name that does not resolve',
    rows: ['cannot-resolve', 'step-failed'],
    lines: [menu('download-installer'), "wget: bad address 'mirror.invalid'", ...failed('download-installer', 6)],
    reason: "The host name mirror.invalid cannot be resolved. The installer's step download-installer failed (code 6).",
  },
  {
    name: 'debootstrap with a package that is gone',
    rows: ['debootstrap', 'debootstrap-code'],
    lines: [
      menu('bootstrap-base'),
      'debootstrap: E: COULDNTDLPKGS',
      'debootstrap: EA: python3-minimal',
      "debootstrap: EF: Couldn't download packages: %s",
    ],
    reason: "debootstrap: Couldn't download packages: python3-minimal. debootstrap ended with COULDNTDLPKGS.",
  },
  {
    name: 'no root file system',
    rows: ['base-installer'],
    lines: [menu('bootstrap-base'), 'base-installer: error: exiting on error base-installer/no_target_mounted'],
    reason: 'The base system could not be installed (no_target_mounted).',
  },
  {
    name: 'a package of the base system that does not exist',
    rows: ['text-error', 'package-unknown'],
    source: 'serial',
    lines: [
      'Install the base system',
      '-----------------------',
      '!! ERROR: Debootstrap Error',
      '',
      'The following error occurred:',
      '',
      "Couldn't find these debs: no-such-package",
    ],
    reason: 'The installer shows an error: Debootstrap Error. The archive does not have: no-such-package.',
  },
  {
    name: 'a package that does not exist',
    rows: ['package-missing'],
    lines: [menu('pkgsel'), 'in-target: E: Unable to locate package opnssh-server', ...failed('pkgsel', 1)],
    reason: "The archive has no package opnssh-server. The installer's step pkgsel failed (code 1).",
    hint: /pkgsel\/include/,
  },
  {
    name: 'a package that cannot be downloaded',
    rows: ['package-fetch'],
    lines: [
      menu('pkgsel'),
      'in-target: E: Failed to fetch http://m/pool/s/sudo_1.9.deb  404  Not Found [IP: 10.0.2.3 80]',
    ],
    reason: 'A package could not be downloaded: http://m/pool/s/sudo_1.9.deb 404 Not Found [IP: 10.0.2.3 80].',
  },
  {
    name: 'a package whose script fails',
    rows: ['package-configure'],
    lines: [
      menu('pkgsel'),
      'in-target: dpkg: error processing package exim4-config (--configure):',
      ...failed('pkgsel', 1),
    ],
    reason: "The package exim4-config could not be installed. The installer's step pkgsel failed (code 1).",
  },
  {
    name: 'a disk that is too small',
    rows: ['disk-full'],
    lines: [
      menu('bootstrap-base'),
      'debootstrap: tar: write error: No space left on device',
      'base-installer: error: exiting on error base-installer/debootstrap-failed',
    ],
    reason: 'The base system could not be installed (debootstrap-failed). A disk of the guest is full.',
  },
  {
    name: 'a file system without its program',
    rows: ['mkfs'],
    lines: [menu('partman-base'), 'partman: mkfs.xfs: not found', ...failed('partman-base', 10)],
    reason: "A file system could not be made: not found. The installer's step partman-base failed (code 10).",
  },
  {
    name: 'GRUB on a disk of another name',
    rows: ['grub', 'grub-install'],
    lines: [
      menu('grub-installer'),
      'grub-installer: grub-install: error: cannot find a device for /dev/sda (is /dev mounted?).',
      `grub-installer: error: Running 'grub-install --force "/dev/sda"' failed.`,
    ],
    reason: `GRUB could not be installed: Running 'grub-install --force "/dev/sda"' failed. grub-install: cannot find a device for /dev/sda (is /dev mounted?).`,
    hint: /bootdev/,
  },
  {
    name: 'a late_command that fails (DEBCONF_DEBUG=developer)',
    rows: ['debconf-question'],
    lines: [
      menu('finish-install'),
      'preseed: running preseed command preseed/late_command: in-target false',
      'debconf: --> SUBST preseed/command_failed CODE 1',
      'debconf: <-- 0',
      'debconf: --> INPUT critical preseed/command_failed',
      'debconf: <-- 0 question will be asked',
      'debconf: --> GO',
    ],
    reason: 'A command of the preseed failed (preseed/late_command).',
  },
  {
    name: 'a question nobody answered (DEBCONF_DEBUG=developer)',
    rows: ['debconf-question'],
    lines: [
      menu('user-setup-udeb'),
      'debconf: --> INPUT high passwd/make-user',
      'debconf: <-- 30 question skipped',
      'debconf: --> INPUT critical passwd/root-password',
      'debconf: <-- 0 question will be asked',
      'debconf: --> GO',
    ],
    reason: 'The installer asks passwd/root-password.',
    hint: 'Answer it in the preseed: a line `d-i passwd/root-password TYPE VALUE`.',
  },
  {
    name: 'a dialog on the serial console',
    rows: ['dialog'],
    source: 'serial',
    lines: ['[!!] Partition disks', 'If you continue, the changes listed below will be written to the disks.'],
    reason: 'The installer waits at the dialog "Partition disks".',
  },
  {
    name: 'a dialog on the text screen',
    rows: ['dialog'],
    source: 'screen',
    lines: ['  +----------------+ [!!] Download installer components +------------+  '],
    reason: 'The installer waits at the dialog "Download installer components +------------+".',
  },
  {
    name: 'an installer that goes round in circles without a person',
    rows: ['step-failed'],
    lines: Array(3)
      .fill([menu('netcfg'), "main-menu[214]: WARNING **: Configuring 'netcfg' failed with error code 10"])
      .flat(),
    reason: "The installer's step netcfg failed (code 10).",
  },
  {
    name: 'too little memory',
    rows: ['out-of-memory'],
    lines: [
      menu('download-installer'),
      'kernel: [   40.1] Out of memory: Killed process 1399 (anna) total-vm:9000kB',
      ...failed('download-installer', 137),
    ],
    reason: "The guest ran out of memory and killed anna. The installer's step download-installer failed (code 137).",
    hint: /memory/,
  },
  {
    name: 'the tiny installer',
    rows: ['tiny-stopped'],
    installer: 'tiny',
    lines: ['tiny[33]: stage: partition 20%', 'tiny[33]: installer-stopped: no disk found'],
    reason: 'The installer stopped: no disk found.',
  },
  ...boot(
    'panic',
    'guest-panicked',
    '[    1.2] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b',
    'The guest kernel panicked: Attempted to kill init! exitcode=0x0000000b.',
  ),
  ...boot(
    'panic-root',
    'guest-panicked',
    '[    1.2] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
    'The guest kernel panicked: VFS: Unable to mount root fs on unknown-block(0,0).',
  ),
  ...boot(
    'panic-timer',
    'guest-panicked',
    "[    0.4] Kernel panic - not syncing: IO-APIC + timer doesn't work! Boot with apic=debug and send a report.",
    "The guest kernel panicked: IO-APIC + timer doesn't work!",
  ),
  ...boot(
    'oops',
    'guest-panicked',
    '[    2.2] BUG: unable to handle page fault for address: ffffffffc0',
    'The guest kernel faulted: unable to handle page fault for address: ffffffffc0.',
  ),
  ...boot(
    'oops',
    'guest-panicked',
    '[    2.2] Oops: general protection fault, probably for non-canonical address',
    'The guest kernel faulted: general protection fault, probably for non-canonical address.',
  ),
  ...boot(
    'initramfs-alert',
    'guest-unreachable',
    'ALERT!  UUID=0f9e does not exist.  Dropping to a shell!',
    'The guest found no root disk UUID=0f9e and stands in the initramfs shell.',
  ),
  ...boot('initramfs-shell', 'guest-unreachable', '(initramfs) ', 'The guest stands in the initramfs shell.'),
  ...boot(
    'dracut-shell',
    'guest-unreachable',
    'dracut:/# ',
    'The guest stands in the emergency shell of its initramfs (dracut).',
  ),
  ...boot(
    'systemd-emergency',
    'guest-unreachable',
    'You are in emergency mode. After logging in, type "journalctl -xb"',
    'The guest started in emergency mode and waits for a person.',
  ),
  ...boot('no-bootable-device', 'guest-unreachable', 'No bootable device.', 'The firmware found nothing to boot.'),
  ...boot(
    'no-bootable-device',
    'guest-unreachable',
    'BdsDxe: No bootable option or device was found.',
    'The firmware found nothing to boot.',
  ),
  ...boot(
    'uefi-shell',
    'guest-unreachable',
    'UEFI Interactive Shell v2.2',
    'The firmware found nothing to boot and opened the UEFI shell.',
  ),
  ...boot('grub-rescue', 'guest-unreachable', 'grub rescue> ', 'GRUB found no configuration and waits at its prompt.'),
];

function boot(row: string, code: StopCode, line: string, reason: string): Stop[] {
  return [
    {
      name: `${row}: ${line.slice(0, 50)}`,
      rows: [row],
      installer: 'none',
      source: 'serial',
      lines: [line],
      code,
      reason,
    },
  ];
}

/** Told, but the installation goes on. */
export const WARNINGS: { row: string; line: string; message: string }[] = [
  {
    row: 'lockup',
    line: 'watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [apt-get:99]',
    message: 'A CPU of the guest was stuck: CPU#1 stuck for 22s! [apt-get:99]',
  },
  {
    row: 'segfault',
    line: 'kernel: [  600.1] perl[4411]: segfault at 8 ip 00005570 sp 00007ffe error 4',
    message: 'The program perl crashed in the guest.',
  },
  {
    row: 'hook-failed',
    line: 'finish-install: warning: /usr/lib/finish-install.d/94random-seed returned error code 1',
    message: 'The installer went on though /usr/lib/finish-install.d/94random-seed ended with 1.',
  },
];
