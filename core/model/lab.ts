import type { ExportSettings, TargetName, VagrantCatalog } from './export.ts';
import type { Place, Problem } from './failure.ts';
import type { Accelerator, ImageFormat } from './machine.ts';

/** Installers whose log Goldsmith reads; `none` for everything else (it then only watches for a panic). */
export const INSTALLER_NAMES = ['debian', 'anaconda', 'subiquity', 'openbsd', 'tiny', 'none'] as const;
export type InstallerName = (typeof INSTALLER_NAMES)[number];

/** ISOs Goldsmith can make itself (`goldsmith iso NAME`). */
export const ISO_NAMES = ['debian-13', 'tiny'] as const;
export type IsoName = (typeof ISO_NAMES)[number];

/** What runs the machines: QEMU started by us, or a libvirt. */
export const DRIVER_NAMES = ['qemu', 'libvirt'] as const;
export type DriverName = (typeof DRIVER_NAMES)[number];

/** The two libvirts that there are of QEMU, and its own transports (libvirt.org/uri.html). */
export const QEMU_URI = /^qemu(?:\+[a-z0-9]+)?:\/\/[^/\s]*\/(?:system|session)(?:\?|$)/;

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
  /** Variables of answer templates: of everything, and by target (`virtual/azure`). */
  variables: Record<string, unknown>;
  targets: Record<string, Record<string, unknown>>;
  /** Machines that fetch their answers from `goldsmith serve-answers`. */
  hosts: LabHost[];
}

/** A machine that exists: `metal/host1`. */
export interface LabHost {
  name: string;
  place: Place;
  /** Lower case, with colons. */
  mac?: string;
  uuid?: string;
  /** The image whose templates and variables it takes. */
  image?: string;
  /** A folder of templates, instead of the image's. */
  templates?: string;
  target?: string;
  variables: Record<string, unknown>;
  /** What iPXE and GRUB boot: files of the lab, or URLs. `append` is a template; empty: what the answers' kind wants. */
  boot?: { kernel: string; initrd?: string; append: string };
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
  /** Waits of the boot command end as soon as the screen shows what they wait for. */
  bootSync: boolean;
  /** The text that stands on the screen when the first key may be typed; undefined: that of any known boot menu. */
  waitFor?: string;
  /** Keyboard layout of the guest while the boot command is typed, e.g. `us`, `de`. */
  keyboard?: string;
  /** Undefined: guessed from the recipe (`guessInstaller`). */
  installer?: InstallerName;
  /** Our own ISO to make when none of the recipe's `iso_url`s can be reached. */
  iso?: IsoName;
  /** The keys that must have signed the recipe's checksum file. */
  signedBy?: { /** OpenPGP public keys, binary or armoured. */ keyring: string; signature?: string };
  answers: {
    /** An unguessable first path segment. */
    token: boolean;
    /** A folder of Liquid templates, rendered and served beside the recipe's own files. */
    templates?: string;
    variables: Record<string, unknown>;
    /** The target whose variables it takes. */
    target?: string;
  };
  /** Keep the packages an installer downloads for the next build. */
  packageCache: boolean;
  /** Moments of the installation that are saved beside those of its own; false: none at all, and no stages. */
  checkpoints: LabCheckpoint[] | false;
  /** Begin from what earlier builds installed with the same inputs, and keep for later ones what this one does. */
  stageCache: boolean;
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
  /** Made after each release. */
  exports: LabExport[];
  driver: DriverName;
  /** Counts when the driver is libvirt. */
  libvirt: LabLibvirt;
  handOff: LabHandOff;
}

/** `direct`: kernel and initrd are paths inside the ISO; `append` may hold Packer's build variables. */
export type LabBoot = { kind: 'typed' } | { kind: 'direct'; kernel: string; initrd: string; append: string };

/** A moment of an installation. It has `log` or `stage`, never both. */
export interface LabCheckpoint {
  name: string;
  /** A text in the installer's log or on the serial console. */
  log?: string;
  /** The installer comes to it; as its log calls it. */
  stage?: string;
}

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
  xml?: ExtraXml;
  /** A storage pool of that libvirt, where files of this host cannot be used; undefined: one of our own. */
  pool?: string;
  /** A network of that libvirt for the cards; undefined: QEMU's user network. */
  network?: string;
  /** What runs machines on another host; undefined: what that host offers. */
  accelerator?: Extract<Accelerator, 'kvm' | 'tcg'>;
}

/** XML for what Goldsmith does not model: `<domain>`, or elements below it. */
export interface ExtraXml {
  text: string;
  file: string;
  /** Of the file, in which the text begins; from 1. */
  line: number;
}

export interface LabExport {
  format: TargetName;
  settings: Partial<ExportSettings>;
  place: Place;
}

/** Where the exports go. */
export interface LabHandOff {
  /** Gets a folder `IMAGE-VERSION` for each release. */
  dir: string;
  signKey?: string;
  vagrantCatalog?: VagrantCatalog;
}
