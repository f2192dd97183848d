import type { FailureCode } from '../model/failure.ts';

/** Where a line was seen. `screen`: a row of the VGA text screen; `answers`: a request to the answer server. */
export type WatchSource = 'installer' | 'serial' | 'screen' | 'answers';

export type StopCode = Extract<FailureCode, 'installer-stopped' | 'guest-panicked' | 'guest-unreachable'>;

/**
 * A line that tells of trouble, as data. `{1}` in a text is the first group of the pattern, `{name}` something
 * remembered from an earlier line (`Remember`).
 */
export interface Recogniser {
  /** Unique; a test shows that every row was exercised. */
  name: string;
  pattern: RegExp;
  /** Default: all. */
  sources?: WatchSource[];
  /** Only while this stage runs (the installer's own name of it). */
  stage?: string;
  /**
   * `now`: the machine stands still for certain. `quiet`: it does when nothing is logged for `quietMs` after it.
   * `cause`: explains a stop that something else tells. `warning`: worth saying, stops nothing.
   */
  when: 'now' | 'quiet' | 'cause' | 'warning';
  /** Default 10 s. */
  quietMs?: number;
  /** The line that shows that it went on; default: any line of the installer's log. */
  until?: RegExp;
  /** The same line so often stops at once: the installer goes round in circles. */
  repeats?: number;
  /** It says that the installer stopped, not why: a cause seen shortly before goes first. Its words are those of the stop. */
  isGeneric?: boolean;
  code: StopCode;
  reason: string;
  hint: string;
}

/** Something to know when the trouble comes: the last match counts. */
export interface Remember {
  name: string;
  pattern: RegExp;
  /** Default: all. */
  sources?: WatchSource[];
  /** The value is the line before the one that matches (a title and its underline), not a group. */
  isLineBefore?: boolean;
  /** Another name that means nothing any more. */
  forgets?: string;
}

const TCG_HINT =
  'A guest that faults at random mostly means a broken emulation (QEMU older than 8 without KVM) or too little memory: goldsmith doctor.';

/** Kernels, initramfs, systemd, firmware and boot loaders: true for every guest. */
export const COMMON_RECOGNISERS: Recogniser[] = [
  {
    name: 'panic-root',
    pattern: /Kernel panic - not syncing: (VFS: Unable to mount root fs.*|No working init found.*)/,
    when: 'now',
    code: 'guest-panicked',
    reason: 'The guest kernel panicked: {1}',
    hint: 'The kernel found no root file system: check root= on the kernel line, the initrd, and that the disk driver is in it.',
  },
  {
    name: 'panic-timer',
    pattern: /Kernel panic - not syncing: (IO-APIC \+ timer doesn't work!)/,
    when: 'now',
    code: 'guest-panicked',
    reason: 'The guest kernel panicked: {1}',
    hint: 'The host was too busy to give the guest its ticks in time: try again with less beside it, or put no_timer_check on the kernel line.',
  },
  {
    name: 'panic',
    pattern: /Kernel panic - not syncing: (.*)/,
    when: 'now',
    code: 'guest-panicked',
    reason: 'The guest kernel panicked: {1}',
    hint: TCG_HINT,
  },
  {
    name: 'oops',
    pattern: /BUG: (unable to handle .*|kernel NULL pointer dereference.*)|(?:\bOops: )(.+)/,
    when: 'now',
    code: 'guest-panicked',
    reason: 'The guest kernel faulted: {1}{2}',
    hint: TCG_HINT,
  },
  {
    name: 'lockup',
    pattern: /watchdog: BUG: soft lockup - (.*)/,
    when: 'warning',
    code: 'guest-panicked',
    reason: 'A CPU of the guest was stuck: {1}',
    hint: 'The host is overloaded, or the accelerator hangs: goldsmith doctor.',
  },
  {
    name: 'segfault',
    pattern: /(\S+)\[\d+\]: segfault at |traps: (\S+)\[\d+\] general protection/,
    when: 'warning',
    code: 'guest-panicked',
    reason: 'The program {1}{2} crashed in the guest.',
    hint: TCG_HINT,
  },
  {
    name: 'out-of-memory',
    pattern: /Out of memory: Killed process \d+ \(([^)]+)\)/,
    when: 'cause',
    code: 'installer-stopped',
    reason: 'The guest ran out of memory and killed {1}',
    hint: 'Give the machine more memory (`memory` in the recipe, or `machine: {memory: 2G}` in lab.yaml).',
  },
  {
    name: 'initramfs-alert',
    pattern: /ALERT!\s+(\S+) does not exist\.\s+Dropping to a shell/,
    when: 'now',
    code: 'guest-unreachable',
    reason: 'The guest found no root disk {1} and stands in the initramfs shell.',
    hint: 'The root= of the boot loader, the disk interface and the initramfs must fit together; was update-initramfs run?',
  },
  {
    name: 'initramfs-shell',
    pattern: /^\(initramfs\)/,
    when: 'now',
    code: 'guest-unreachable',
    reason: 'The guest stands in the initramfs shell.',
    hint: 'goldsmith console shows what it said before; mostly the root file system was not found or is damaged.',
  },
  {
    name: 'dracut-shell',
    pattern: /Entering emergency mode\. Exit the shell to continue|^dracut:\/#/,
    when: 'now',
    code: 'guest-unreachable',
    reason: 'The guest stands in the emergency shell of its initramfs (dracut).',
    hint: 'Mostly the root file system or the installation source was not found: see the lines before.',
  },
  {
    name: 'systemd-emergency',
    pattern: /You are in (emergency|rescue) mode|Give root password for maintenance/,
    when: 'now',
    code: 'guest-unreachable',
    reason: 'The guest started in emergency mode and waits for a person.',
    hint: 'Mostly a line of /etc/fstab names a disk that is not there.',
  },
  {
    name: 'no-bootable-device',
    pattern: /No bootable device|No bootable option or device was found|Operating System not found/i,
    when: 'now',
    code: 'guest-unreachable',
    reason: 'The firmware found nothing to boot.',
    hint: 'Does the firmware of the machine (bios, efi) fit the ISO or the installed boot loader? Was a boot loader installed?',
  },
  {
    name: 'uefi-shell',
    pattern: /^UEFI Interactive Shell|^Shell> ?$/,
    when: 'now',
    code: 'guest-unreachable',
    reason: 'The firmware found nothing to boot and opened the UEFI shell.',
    hint: 'Is the ISO bootable under UEFI? Was the boot loader installed to the removable path (EFI/BOOT/BOOTX64.EFI)?',
  },
  {
    name: 'grub-rescue',
    pattern: /^grub rescue>/,
    when: 'now',
    code: 'guest-unreachable',
    reason: 'GRUB found no configuration and waits at its prompt.',
    hint: 'Was update-grub run, and is the boot partition where grub-install put it?',
  },
];
