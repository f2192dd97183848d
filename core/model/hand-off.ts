import type { ExportSettings, TargetName, VagrantCatalog } from './export.ts';
import type { Problem } from './failure.ts';

export interface ExportToOptions extends Partial<ExportSettings> {
  /** Names of export targets. */
  targets: string[];
  /** The folder to make; it must not be there. */
  dir: string;
  /** What single targets have otherwise. */
  perTarget?: Partial<Record<TargetName, Partial<ExportSettings>>>;
  catalog?: VagrantCatalog;
  /** Signs the checksums: path of a secret key of minisign, or the name of a key of GnuPG. */
  signKey?: string;
}

export interface ExportInfo {
  image: string;
  version: string;
  release: string;
  dir: string;
  targets: { target: string; files: string[] }[];
  files: { file: string; bytes: number; sha256: string }[];
}

/** The hand-off that was checked, and everything that is wrong with it; offline. */
export interface HandOffInfo {
  image: string;
  version: string;
  release: string;
  /** How many files were checked. */
  files: number;
  /** `unchecked`: there is one, but no key was named to check it by. */
  signature: 'none' | 'unchecked' | 'good' | 'bad';
  problems: Problem[];
}
