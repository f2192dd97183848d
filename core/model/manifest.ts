import type { Arch, DiskInterface, ImageFormat } from './machine.ts';

/** What a release says of itself: `manifest.json`, never changed after publication. Its SHA-256 is the release's id. */
export interface Manifest {
  /** Of this layout; readers refuse what they do not know. */
  schema: 1;
  image: string;
  version: string;
  /** When the candidate was published, ISO 8601 UTC. */
  createdAt: string;
  /** The build that made it. */
  build?: string;
  description?: string;
  /** The first one is the boot disk. */
  disks: ManifestDisk[];
  /** Everything else in the folder: test results, logs, package lists. */
  files: ManifestFile[];
  /** What it was tested on, and what `goldsmith run` makes again. */
  machine?: ManifestMachine;
  inputs: ManifestInput[];
  /** Program to its version, e.g. `qemu-system-x86_64`: `10.0.2`. */
  tools: Record<string, string>;
  timings: { step: string; ms: number }[];
  tests: { name: string; ok: boolean; ms: number; reason?: string }[];
  /** The release this one was built on, in a build of several stages. */
  base?: { image: string; version: string; id: string };
  /** State of the lab's repository, as `git describe` says it. */
  source?: { describe: string; isDirty: boolean };
  /** The system in the image, and the packages that were in it when it was sealed, sorted by name. */
  system?: ManifestSystem;
  packages?: ManifestPackage[];
}

/** As os-release(5) says it. */
export interface ManifestSystem {
  id: string;
  versionId?: string;
  name?: string;
  /** Which package manager told of the packages. */
  manager?: 'deb' | 'rpm' | 'apk' | 'pacman' | 'freebsd' | 'openbsd';
}

export interface ManifestPackage {
  name: string;
  version: string;
  arch?: string;
  /** The source package, where it has another name. */
  source?: string;
  /** As the package manager says it; not always an SPDX expression. */
  license?: string;
}

/** The part of a machine that an image depends on. */
export interface ManifestMachine {
  arch: Arch;
  /** QEMU machine type, versioned where there are versions: `pc-q35-10.0`. */
  type: string;
  firmware: 'bios' | 'efi';
  secureBoot?: boolean;
  cpus: number;
  memoryMiB: number;
  diskInterface: DiskInterface;
}

export interface ManifestFile {
  /** A plain name inside the release's folder. */
  file: string;
  bytes: number;
  /** 64 hex digits. */
  sha256: string;
}

export interface ManifestDisk extends ManifestFile {
  format: ImageFormat;
  virtualSizeBytes: number;
}

/** Something the build read: an ISO, a recipe, an answer file, a script. */
export interface ManifestInput {
  kind: 'iso' | 'image' | 'recipe' | 'answers' | 'script' | 'playbook' | 'lab' | 'other';
  /** As a person would name it: a path relative to the lab, or a URL without credentials. */
  name: string;
  sha256: string;
  bytes?: number;
  url?: string;
  /** How it was checked: `sha256`, `openpgp FINGERPRINT`. */
  verifiedBy?: string[];
}
