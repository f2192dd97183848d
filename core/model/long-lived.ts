import type { Watch } from './engine.ts';
import type { Removal } from './image.ts';
import type { Accelerator } from './machine.ts';

/** Machines made from releases that live until a person removes them, in a libvirt. */
export interface LongLivedMachines {
  /** Makes and, unless told not to, starts one. @throws `exists` when the name is taken */
  create(ref: string, options: LongLivedOptions, watch: Watch): Promise<LongLivedInfo>;
  /** The machine as another tool takes it; makes nothing. */
  describe(ref: string, options: LongLivedOptions, format: DescribedFormat, watch: Watch): Promise<string>;
  list(): Promise<LongLivedInfo[]>;
  start(name: string): Promise<LongLivedInfo>;
  /** @throws `timed-out` when the guest does not switch itself off */
  stop(name: string, how: StopKind): Promise<LongLivedInfo>;
  /** With its disks. One that runs needs `force`. @throws `busy` */
  remove(name: string, options: { force: boolean }): Promise<Removal>;
  /** Its serial port at a socket; `close` ends that. */
  console(name: string): Promise<{ serialSocket: string; serialLog: string; close(): Promise<void> }>;
  /** Argument vector of an OpenSSH session. */
  ssh(name: string, command: string[]): Promise<{ argv: string[] }>;
}

/** ask: by the power button. force: at once. save: with its memory kept, from which its next start goes on. */
export type StopKind = 'ask' | 'force' | 'save';

export const DESCRIBED_FORMATS = ['xml', 'terraform'] as const;
export type DescribedFormat = (typeof DESCRIBED_FORMATS)[number];

export interface LongLivedOptions {
  /** Lower-case letters, digits and dashes. */
  name: string;
  /** Which libvirt; undefined: the user's own session. */
  uri?: string;
  /** A file with cloud-init user data; undefined: a user with a new key. */
  userData?: string;
  memoryMiB?: number;
  cpus?: number;
  /** Size of the first disk, if it is to be larger than the release's; then further, empty ones. */
  disksMiB: number[];
  /** A network of that libvirt; undefined: QEMU's user network. */
  network?: string;
  /** A pool of that libvirt for its disks, where it does not run as this user; undefined: one of our own. */
  pool?: string;
  /** What runs it on another host; undefined: KVM where that libvirt lists it. */
  accelerator?: Accelerator;
  /** Starts with its libvirt: of a system, with the host. */
  isAutostarted: boolean;
  isStarted: boolean;
}

export interface LongLivedInfo {
  name: string;
  image: string;
  version: string;
  uri: string;
  uuid: string;
  /** `saved`: off, and its memory is kept. `unreachable`: its libvirt cannot be asked. */
  state: 'running' | 'off' | 'saved' | 'paused' | 'missing' | 'unreachable';
  /** Why it is unreachable. */
  reason?: string;
  createdAt: string;
  user: string;
}
