import type { Rule } from './rule.ts';

/** QEMU and this host. */
export const HOST_RULES: readonly Rule[] = [
  {
    name: 'qemu-killed',
    where: ['failure'],
    pattern: /ended by SIGKILL/,
    codes: ['qemu-failed'],
    reason: 'QEMU was killed: by the kernel, which had no memory left, or by a person.',
    tries: [
      '`dmesg | grep -i "killed process"` shows whether the kernel did it.',
      'Give the machine less memory (`machine: {memory: 1G}` in lab.yaml), or build one image at a time.',
    ],
  },
  {
    name: 'qemu-crashed',
    where: ['failure'],
    pattern: /ended by (SIGSEGV|SIGABRT|SIGBUS|SIGILL)/,
    codes: ['qemu-failed'],
    reason: 'QEMU crashed ({1}): a fault of QEMU, not of the image.',
    tries: ['Build again, or go back to the last checkpoint.', '`goldsmith doctor` knows versions of QEMU that do so.'],
  },
  {
    name: 'qemu-memory',
    where: ['failure', 'qemu'],
    pattern: /cannot set up guest memory.*|Cannot allocate memory/,
    codes: ['qemu-failed'],
    reason: 'This host has not enough free memory for the machine.',
    tries: [
      'Give the machine less memory (`machine: {memory: 1G}` in lab.yaml), or end other machines: goldsmith run.',
    ],
  },
  {
    name: 'qemu-lock',
    where: ['failure', 'qemu'],
    pattern: /Failed to get "(?:write|shared write)" lock|Is another process using the image/,
    reason: 'Another process has the disk open.',
    tries: ['`goldsmith run` lists machines that run; end the one that uses it.'],
  },
  {
    name: 'qemu-kvm',
    where: ['failure', 'qemu'],
    pattern: /Could not access KVM kernel module|failed to initialize kvm|KVM_CREATE_VM/i,
    reason: 'KVM was asked for and cannot be used here.',
    tries: [
      'Leave `accelerator` out of the recipe: the best that works is chosen.',
      '`goldsmith doctor` says why KVM fails.',
    ],
  },
  {
    name: 'qemu-option',
    where: ['failure', 'qemu'],
    pattern:
      /(?:invalid option|Parameter '[^']+' (?:expects|is unexpected)|'([^']+)' is not a valid device model name|unsupported machine type)/,
    reason: 'QEMU does not know something that the recipe asks for {1}.',
    tries: ['`goldsmith plan` shows the arguments; check qemuargs, machine_type and net_device of the recipe.'],
  },
  {
    name: 'host-disk-full',
    where: ['failure'],
    pattern: /No space left on device|no space is left|ENOSPC|is full/i,
    codes: ['disk-full', 'qemu-failed', 'program-failed', 'unexpected'],
    reason: 'The disk of this host is full.',
    tries: [
      '`goldsmith clean --dry-run` says what can go; `goldsmith cache rm --all` removes what is kept for later builds.',
      'Set GOLDSMITH_HOME to a larger disk.',
    ],
  },
  {
    name: 'source-unreachable',
    where: ['failure'],
    pattern: /.*/,
    codes: ['source-unreachable'],
    reason: 'The source of the installation cannot be had.',
    tries: ['Check the network and the URL.', 'Download it by hand and give it: -var iso_url=/path/to.iso'],
  },
  {
    name: 'checksum',
    where: ['failure'],
    pattern: /.*/,
    codes: ['checksum-mismatch'],
    reason: 'The source is not the one that the recipe means: it was replaced, or its download is damaged.',
    tries: [
      'Compare iso_checksum with what the publisher says now; a "current" or "latest" URL changes its content.',
      'Remove the damaged file and build again.',
    ],
  },
];
