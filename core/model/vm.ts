import type { DriverChoice } from './plan.ts';

export interface RunVmOptions {
  /** Path of cloud-init user data; undefined: a user with a new key. */
  userData?: string;
  keep: boolean;
  memoryMiB?: number;
  cpus?: number;
  /** Further guest ports on 127.0.0.1; host port 0: a free one. */
  forwards: { hostPort: number; guestPort: number }[];
  /** Return as soon as it started instead of when it answers over SSH. */
  waitForSsh: boolean;
  /** Undefined: QEMU. */
  driver?: DriverChoice;
}

export interface VmInfo {
  id: string;
  kind: 'build' | 'kept-build' | 'run';
  image: string;
  version?: string;
  /** Of the hypervisor; 0 when the machine runs where no process can be seen; undefined when it does not run. */
  pid?: number;
  startedAt: string;
  ssh?: { host: string; port: number; user: string; key: string };
  serialSocket?: string;
  vncSocket?: string;
  forwards: Forward[];
}

/** A port of the guest, and where it is reached. */
export interface Forward {
  host: string;
  port: number;
  guestPort: number;
}

/** A moment of a test machine: disk, memory and devices. */
export interface VmSnapshot {
  name: string;
  /** ISO 8601 UTC. */
  at: string;
  /** Missing: libvirt does not tell. */
  memoryBytes?: number;
}
