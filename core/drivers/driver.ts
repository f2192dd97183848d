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

/** Where a moment of a machine goes. All paths are absolute; their folders exist. */
export interface MomentFiles {
  /** New: gets memory and devices. */
  memory: string;
  /** By disk id, an overlay that is there already: it takes the writes from that moment on, what was below is frozen. */
  overlays: ReadonlyMap<string, string>;
  /** What else the machine writes (UEFI variables), copied while it stands. */
  copies: { from: string; to: string }[];
}

export interface MomentOptions {
  /** True: the machine stops at once, and the moment is now. False: it runs on while most of its memory is written. */
  isExact: boolean;
  signal: AbortSignal;
}

/** What saving a moment came to. */
export interface MomentCost {
  /** How long the guest stood still. */
  pauseMs: number;
  totalMs: number;
  /** True: its pages have no places of their own in the file, so that it is kept whole, not as what differs. */
  isStream?: boolean;
  /** Brings what was saved into its files here, while the machine runs on; missing: it is there. */
  fetch?(): Promise<void>;
  /** Why memory and devices could not be saved, where they could not: then only the disks were frozen. */
  diskOnly?: string;
}

/** A host as the guest knows it, and ports of it. */
export interface Destination {
  host: string;
  ports: readonly number[];
}

/** A connection of the guest that waits to be let through. */
export interface Held {
  /** True once the guest has tried to connect; false when the machine has gone first. */
  readonly isSeen: Promise<boolean>;
  /** Lets it and all later ones pass. Safe to call twice. */
  letGo(): Promise<void>;
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
  /** Where to reach a guest's TCP port once this process is gone; missing: as `forward` says. */
  lasting?(guestPort: number): Promise<{ host: string; port: number } | undefined>;
  /** Subscribes; returns its own undo. */
  onEvent(listener: (event: VmEvent) => void): () => void;
  /** The characters of a text-mode (VGA) screen, one string a row; undefined while in a graphics mode. */
  screenText(): Promise<string[] | undefined>;
  /** The screen as PNG. */
  screenshot(): Promise<Buffer>;
  /** What the guest has written to its disks since the machine was started. It never shrinks. */
  writtenBytes(): Promise<number>;
  /** Plays keys and waits in order. `keyIntervalMs` lies between two key events. */
  typeKeys(actions: KeyAction[], options: { keyIntervalMs: number; signal: AbortSignal }): Promise<void>;
  /** Takes a CD or floppy out. */
  eject(deviceId: string): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  reset(): Promise<void>;
  /** Saves the whole moment (disks, memory, devices) and lets the machine go on. Missing: the driver cannot. */
  saveMoment?(files: MomentFiles, options: MomentOptions): Promise<MomentCost>;
  /** Holds back the guest's first connection to one of the ports of a host as it knows it. Missing: the driver cannot. */
  holdConnection?(to: Destination): Promise<Held>;
  /** The disk goes on in one raw file (there, empty, as large) that holds what its layers hold now. */
  flatten?(disk: string, file: string): Promise<void>;
  /** Presses the ACPI power button; the guest decides. */
  powerButton(): Promise<void>;
  /** Ends the machine at once, disks flushed as far as the hypervisor does. Safe to call twice. */
  destroy(): Promise<void>;
}

/** How a machine's guest reaches servers of this process. */
export interface Way {
  /** This host, as guests know it. */
  readonly host: string;
  /** The one address of this host that such servers listen on. */
  readonly bind: string;
  /** What does not come through, for people. */
  readonly note?: string;
  /** What a person should know before anything is sent. */
  readonly warning?: { message: string; hint: string } | undefined;
  /**
   * Makes what listens at a port of `bind` reachable for guests.
   * @param wanted the port of `host` that a guest knows already
   * @returns the port of `host` at which it is @throws GoldsmithError `busy` when the wanted one is taken
   */
  carry(port: number, wanted?: number): Promise<number>;
  /**
   * The same for datagrams, where they take another way: those to a port of `host` come to one of `bind`.
   * @returns false: they do not come through
   */
  carryDatagrams?(there: number, port: number): Promise<boolean>;
}

/** From QEMU's user network, where this host's loopback has this address, as Packer's `HTTPIP` has. */
export const USER_NETWORK: Way = { host: '10.0.2.2', bind: '127.0.0.1', carry: async port => port };

export interface Driver {
  readonly name: 'qemu' | 'libvirt' | 'fake';
  /** A network that its machines share with others; missing: each has one of its own. */
  readonly network?: string | undefined;
  /** Where its machines run, if moments of them fit no machine elsewhere. */
  readonly place?: string | undefined;
  /** Makes sure that what runs its machines answers, before anything is fetched or made for them. */
  open?(): Promise<void>;
  /** Everything that would keep this machine from starting here, all at once. */
  check(machine: Machine): Promise<Problem[]>;
  /** What `start` would do, as a command line for people to read. */
  describe(machine: Machine, runtimeDir: string): string[];
  /** The definition that this command is given, where it is given one. */
  definition?(machine: Machine, runtimeDir: string): string;
  /**
   * Starts the machine, its sockets in `runtimeDir` (0700). It is held by `scope` until released. With `memory`, a file
   * that `saveMoment` wrote, the same machine goes on from that moment instead of booting.
   */
  start(scope: Scope, machine: Machine, runtimeDir: string, memory?: string): Promise<Vm>;
  /**
   * How guests of its machines reach us; missing: through QEMU's user network.
   * @param bridge that the recipe puts its card on
   */
  way?(bridge: string | undefined): Promise<Way>;
  /** Brings what a machine that has ended wrote on its disks into their files, where the driver keeps copies elsewhere. */
  bringHome?(scope: Scope, machine: Machine): Promise<void>;
  /** Gives back what the driver itself holds, such as a connection. No machine of it is looked after any longer. */
  close?(): Promise<void>;
}
