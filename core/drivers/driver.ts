import type { Scope } from '../build/scope.ts';
import type { Problem } from '../model/failure.ts';
import type { KeyAction } from '../model/key.ts';
import type { Machine } from '../model/machine.ts';

/** What a driver's machine tells of itself. */
export type VmEvent =
  /** The guest asked the firmware to power off. */
  | { type: 'powered-off' }
  | { type: 'reset' }
  | { type: 'paused'; reason: string }
  | { type: 'resumed' }
  | { type: 'io-error'; device: string; isNoSpace: boolean }
  | { type: 'panicked' };

/** How the machine's process ended. `lastLines` are the hypervisor's own last words. */
export interface VmExit {
  /** True when the guest powered itself off or we ended it on purpose. */
  isExpected: boolean;
  reason: string;
  lastLines: string[];
}

/** A running machine: verbs of a machine, never arguments or XML. */
export interface Vm {
  /** Process id of the hypervisor, where it is a local process. */
  readonly pid: number | undefined;
  /** Settles once, when the machine is gone; never rejects. */
  readonly exited: Promise<VmExit>;
  /** Unix socket speaking RFB. */
  readonly vncSocket: string;
  /** Unix socket of the first serial port; its whole output is also in `Machine.serialLog`. */
  readonly serialSocket: string;
  /** Where to reach a guest's TCP port from here; undefined when nothing forwards it. */
  forward(guestPort: number): { host: string; port: number } | undefined;
  /** Subscribes; returns its own undo. */
  onEvent(listener: (event: VmEvent) => void): () => void;
  /** The characters of a text-mode (VGA) screen, one string a row; undefined while in a graphics mode. */
  screenText(): Promise<string[] | undefined>;
  /** The screen as PNG. */
  screenshot(): Promise<Buffer>;
  /** Plays keys and waits in order. `keyIntervalMs` lies between two key events. */
  typeKeys(actions: KeyAction[], options: { keyIntervalMs: number; signal: AbortSignal }): Promise<void>;
  /** Takes a CD or floppy out. */
  eject(deviceId: string): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  reset(): Promise<void>;
  /** Presses the ACPI power button; the guest decides. */
  powerButton(): Promise<void>;
  /** Ends the machine at once, disks flushed as far as the hypervisor does. Safe to call twice. */
  destroy(): Promise<void>;
}

export interface Driver {
  readonly name: 'qemu' | 'libvirt' | 'fake';
  /** Everything that would keep this machine from starting here, all at once. */
  check(machine: Machine): Promise<Problem[]>;
  /** What `start` would do, as a command line for people to read. */
  describe(machine: Machine, runtimeDir: string): string[];
  /** Starts the machine, its sockets in `runtimeDir` (0700). It is held by `scope` until released. */
  start(scope: Scope, machine: Machine, runtimeDir: string): Promise<Vm>;
}
