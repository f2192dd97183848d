import type { Accelerator, Arch } from './machine.ts';

/** What this machine has and can: looked at once, plain data, so that planning and choosing are pure functions. */
export interface HostFacts {
  /** ISO 8601 UTC. */
  lookedAt: string;
  system: HostSystem;
  /** Undefined: there is no QEMU for x86-64 guests here. */
  qemu?: QemuFacts;
  /** At most one entry for each accelerator. */
  accelerators: AcceleratorFacts[];
  /** UEFI firmware whose files exist, in the order the distribution prefers it. */
  firmware: EfiFirmware[];
  tools: ToolFacts[];
  libvirt: LibvirtFacts;
  /** Of the file system that builds and releases lie on. */
  freeDiskMiB: number;
}

export interface HostSystem {
  arch: Arch;
  /** Kernel release, as `uname -r` says it. */
  kernel: string;
  /** For people: `Debian GNU/Linux 12 (bookworm)`. */
  distribution: string;
  /** What installs packages here; undefined: none that we know. */
  packageManager?: PackageManager;
  isRoot: boolean;
  cpu: { model: string; microcode: string; count: number };
  memoryMiB: number;
  availableMemoryMiB: number;
}

export type PackageManager = 'apt' | 'dnf' | 'pacman';

export interface QemuFacts {
  path: string;
  /** `10.0.2`, without the distribution's additions. */
  version: string;
  /** What an unversioned machine type stands for in this QEMU: `q35` -> `pc-q35-10.0`. */
  machineTypes: Record<string, string>;
}

/**
 * proved: a real kernel reached user space with it, just now or as remembered.
 * failed: it is there, and a real kernel did not get to user space in time.
 * absent: this host does not have it, or does not let us use it.
 * unproved: there was no kernel to prove it with; it may or may not work.
 */
export type AcceleratorState = 'proved' | 'failed' | 'absent' | 'unproved';

export interface AcceleratorFacts {
  accelerator: Accelerator;
  state: AcceleratorState;
  /** The QEMU CPU model to use with it (the one it was proved with). */
  cpuModel: string;
  /** One sentence: how it was proved, or what went wrong. */
  reason: string;
  /** From the start of QEMU to its end: firmware, kernel, our init, reset. */
  bootMs?: number;
}

export interface EfiFirmware {
  description: string;
  arch: Arch;
  code: string;
  /** The template of the variables: copied for each machine, never written. */
  varsTemplate: string;
  isSecureBoot: boolean;
  /** The usual vendor keys are enrolled, so Secure Boot is enforced from the first boot. */
  hasEnrolledKeys: boolean;
  /** Needs System Management Mode: QEMU machine q35 with `smm=on`. */
  needsSmm: boolean;
  /** Globs of versioned machine types it is meant for: `pc-q35-*`. */
  machines: string[];
}

export interface ToolFacts {
  /** What was looked for: programs or files, any one of which does; `qemu-img>=8` asks for a version. */
  check: string;
  /** What it is for, in a few words. */
  purpose: string;
  /** run: builds need it; test: the tests of Goldsmith itself need it. */
  group: 'run' | 'test';
  /** Undefined: missing. */
  path?: string;
  /** Undefined: missing, or it does not say. */
  version?: string;
  /** It is there and older than the check asks for. */
  isTooOld: boolean;
  /** What brings it, by package manager. */
  packages: Partial<Record<PackageManager, string[]>>;
}

export interface LibvirtFacts {
  /** Of `virsh` or the daemon; undefined: libvirt is not installed. */
  version?: string;
  /** Connections whose socket is there: `qemu:///system`, `qemu:///session`. */
  connections: string[];
}
