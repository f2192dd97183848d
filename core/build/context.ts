import path from 'node:path';
import type { Driver } from '../drivers/driver.ts';
import type { BuildKeys } from '../guest/keys.ts';
import type { HostFacts } from '../model/host.ts';
import type { Home } from '../store/paths.ts';
import type { Store } from '../store/store.ts';
import type { LayerRecord } from './checkpoint-layers.ts';
import type { Target } from './target.ts';

/** What every step of one build may read. Fixed before the first step; what steps make travels as their results. */
export interface BuildContext {
  id: string;
  target: Target;
  version: string;
  channel: string;
  facts: HostFacts;
  driver: Driver;
  store: Store;
  home: Home;
  /** Made for this build and gone with it; or those of the build that it goes on from, which its guest knows. */
  keys: BuildKeys;
  /** The build's folder: journal, logs and what has to survive it. */
  dir: string;
  /** The working disks and media: removed when the build ends. */
  workDir: string;
  /** Short and private: for sockets. */
  runtimeDir: string;
  isCacheUsed: boolean;
  /** A person named the version: a release that is there already is not what they mean. */
  isVersionGiven: boolean;
  /** What all checkpoints and stages together may take of the host's disk. */
  budgetBytes: number;
  /** The build goes on from this checkpoint of another one, instead of from its beginning. */
  from?: LayerRecord;
  /** Reads recipe and lab again: a person changed them while the build stood. */
  reread(): Promise<Target>;
  /** An output directory that is there already is replaced. */
  isForced: boolean;
  /** Packer's PACKER_RUN_UUID. */
  runUuid: string;
  /** The lab's repository as `git describe` says it. */
  labState: { describe: string; isDirty: boolean };
  /** A failure is a question, not the end. */
  isAskedOnError: boolean;
  /** Asks a person; undefined when nobody is there. */
  ask?: (text: string, choices: { key: string; label: string }[], signal?: AbortSignal) => Promise<string>;
  /** Asks a person for what nobody may see. */
  askSecret?: (text: string, signal?: AbortSignal) => Promise<string>;
}

/** Where the process that runs a build listens to others; in its runtime folder. */
export const controlSocket = (runtimeDir: string): string => path.join(runtimeDir, 'control');

/** What a build's machine is called; libvirt, the process list and the card on a bridge know it by that. */
export const machineName = (build: string): string => `goldsmith-${build}`;

/** The files of a build folder, by what they are (docs/files.md). */
export const buildFiles = (dir: string) => ({
  journal: path.join(dir, 'journal.jsonl'),
  serialLog: path.join(dir, 'serial.log'),
  installerLog: path.join(dir, 'installer.log'),
  key: path.join(dir, 'key'),
  knownHosts: path.join(dir, 'known_hosts'),
  lastScreen: path.join(dir, 'screen.png'),
  screenText: path.join(dir, 'screen.txt'),
  request: path.join(dir, 'request.json'),
});
