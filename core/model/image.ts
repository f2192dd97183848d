import type { IsoName } from './lab.ts';
import type { ImageFormat } from './machine.ts';

export interface ImageInfo {
  name: string;
  releases: ReleaseInfo[];
  /** Channel to version. */
  channels: Record<string, string>;
  /** Candidates that failed: kept, named, and never resolved. */
  candidates: { version: string; path: string; bytes: number; reason?: string; at: string }[];
}

export interface ReleaseInfo {
  image: string;
  version: string;
  /** Content address: `sha256:` and 64 hex digits. */
  id: string;
  /** The disk image. */
  path: string;
  dir: string;
  format: ImageFormat;
  bytes: number;
  virtualBytes: number;
  /** ISO 8601 UTC. */
  at: string;
  channels: string[];
  build?: string;
}

export interface ImportOptions {
  /** Undefined: as the file is called. */
  image?: string;
  /** Undefined: the date. */
  version?: string;
  description?: string;
  /** What the file must be. */
  sha256?: string;
}

export interface IsoInfo {
  name: IsoName;
  path: string;
  sha256: string;
  bytes: number;
  /** It was there and current. */
  isReused: boolean;
}

export interface CleanOptions {
  dryRun: boolean;
  /** Also caches: downloads, packages, stages. */
  all: boolean;
  /** Also finished builds older than this. */
  olderThanMs?: number;
  /** Only what Goldsmith left in this libvirt; with `all`, also what another home of Goldsmith's made there. */
  libvirt?: { uri?: string };
}

/** Something that was, or with `dryRun` would be, removed. */
export interface Removal {
  /** `process`, `socket`, `folder`, `release`, `build`, `cache`, ... */
  kind: string;
  name: string;
  freedBytes: number;
  reason: string;
}
