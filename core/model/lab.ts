import type { Place, Problem } from './failure.ts';
import type { ImageFormat } from './machine.ts';

/** Installers whose log Goldsmith reads; `none` for everything else (it then only watches for a panic). */
export const INSTALLER_NAMES = ['debian', 'tiny', 'none'] as const;
export type InstallerName = (typeof INSTALLER_NAMES)[number];

/** ISOs Goldsmith can make itself (`goldsmith iso NAME`). */
export const ISO_NAMES = ['debian-13', 'tiny'] as const;
export type IsoName = (typeof ISO_NAMES)[number];

/** What runs the machines: QEMU started by us, or a libvirt. */
export const DRIVER_NAMES = ['qemu', 'libvirt'] as const;
export type DriverName = (typeof DRIVER_NAMES)[number];

/** A `lab.yaml` after it was read and checked. Paths are absolute, durations in ms, sizes in MiB. */
export interface Lab {
  /** The `lab.yaml` itself. */
  file: string;
  /** Its folder: relative paths start here. */
  root: string;
  /** In the order they were written. */
  images: LabImage[];
  /** Warnings and notes; errors are thrown. */
  problems: Problem[];
}

/** What Packer has no word for, and where the recipe is. A field that is undefined leaves the recipe's own value. */
export interface LabImage {
  name: string;
  place: Place;
  description?: string;
  /** A Packer template file, or a folder of `*.pkr.hcl`. */
  recipe: string;
  /** The builder to run when the recipe has several, as `-only` names it. */
  only?: string;
  /** Values for the recipe's variables; strings, numbers, booleans, lists or maps. */
  variables: Record<string, unknown>;
  variableFiles: string[];
  boot: LabBoot;
  /** Keyboard layout of the guest while the boot command is typed, e.g. `us`, `de`. */
  keyboard?: string;
  /** Undefined: guessed from the recipe (`guessInstaller`). */
  installer?: InstallerName;
  /** Our own ISO to make when none of the recipe's `iso_url`s can be reached. */
  iso?: IsoName;
  /** The keys that must have signed the recipe's checksum file. */
  signedBy?: { /** OpenPGP public keys, binary or armoured. */ keyring: string; signature?: string };
  answers: { /** An unguessable first path segment. */ token: boolean };
  /** Keep the packages an installer downloads for the next build. */
  packageCache: boolean;
  timeouts: LabTimeouts;
  machine: LabMachine;
  ssh: { user?: string };
  /** False: the image is released as the provisioners left it. */
  seal: LabSeal | false;
  tests: LabTest[];
  bootTest: LabBootTest;
  /** The channel that moves when the candidate has passed. */
  channel: string;
  release: { format: ImageFormat; compress: 'none' | 'zlib' | 'zstd' };
  exports: LabExport[];
  driver: DriverName;
  /** Counts when the driver is libvirt. */
  libvirt: LabLibvirt;
}

/** `direct`: kernel and initrd are paths inside the ISO; `append` may hold Packer's build variables. */
export type LabBoot = { kind: 'typed' } | { kind: 'direct'; kernel: string; initrd: string; append: string };

export interface LabTimeouts {
  /** Until the installer has finished. */
  installMs?: number;
  /** Until the guest answers over SSH once the installer is done. */
  connectMs?: number;
  shutdownMs?: number;
  /** Until the installer has fetched its first answer. */
  answersMs?: number;
  /** Without one line of the installer's log. */
  silenceMs?: number;
}

export interface LabMachine {
  cpus?: number;
  memoryMiB?: number;
  cpuModel?: string;
  firmware?: 'bios' | 'efi';
}

export interface LabSeal {
  /** Guest family, e.g. `debian`; undefined: found out in the guest. */
  family?: string;
  /** Names of seal items to leave out. */
  skip: string[];
  /** Scripts run in the guest as root before the built-in items. */
  extra: string[];
}

export interface LabTest {
  name: string;
  place: Place;
  run: { kind: 'command'; command: string } | { kind: 'script'; path: string };
  /** `host` tests find the guest in GOLDSMITH_HOST, _PORT, _USER, _KEY. */
  on: 'guest' | 'host';
  timeoutMs: number;
  format: 'exit' | 'tap' | 'junit';
}

export interface LabBootTest {
  /** How the throwaway VM gets its user and key. */
  seed: 'nocloud' | 'none';
  user: string;
  memoryMiB?: number;
  cpus?: number;
  timeoutMs: number;
  /** How often the image is booted. */
  boots: number;
  /** How many clones must differ in machine-id and host keys. */
  clones: number;
}

export interface LabLibvirt {
  /** Which libvirt; undefined: the user's own, `qemu:///session`. */
  uri?: string;
  /** XML for what Goldsmith does not model: `<domain>`, or elements below it. */
  xml?: string;
  /** A storage pool of that libvirt, where files of this host cannot be used; undefined: one of our own. */
  pool?: string;
}

/** Kept for the export side, which gives the options their meaning. */
export interface LabExport {
  format: string;
  options: Record<string, unknown>;
  place: Place;
}
