import type { z } from 'zod';
import type { Checkpoint, CheckpointInfo } from '../../core/model/checkpoint.ts';
import type { Comparison } from '../../core/model/comparison.ts';
import type { BuildDetails, Examination, FilmInfo } from '../../core/model/engine.ts';
import type { Stamped } from '../../core/model/event.ts';
import type { Explanation } from '../../core/model/explanation.ts';
import type { Failure, Problem } from '../../core/model/failure.ts';
import type { BuildState } from '../../core/model/fold.ts';
import type { ExportInfo, HandOffInfo } from '../../core/model/hand-off.ts';
import type { ImageInfo, ReleaseInfo, Removal } from '../../core/model/image.ts';
import type { Manifest } from '../../core/model/manifest.ts';
import type { Plan, RecipeForm, TargetInfo } from '../../core/model/plan.ts';
import type { VmInfo, VmSnapshot } from '../../core/model/vm.ts';
import type { ARGUMENTS, STREAM_ARGUMENTS, STREAM_CONTROL } from './arguments.ts';

/**
 * Everything a page can ask of the engine, and what it gets: declared here and nowhere else. The arguments' shapes
 * stand in `arguments.ts`, where they are also what parses them at the border.
 */
export interface Answers {
  about: About;
  targets: TargetInfo[];
  /** A folder of the host, with the labs and templates in it. */
  browse: {
    folder: string;
    parent?: string;
    isLab: boolean;
    entries: { name: string; path: string; kind: 'folder' | 'lab' | 'template' }[];
  };
  /** The built-in recipes that a lab can be made from. */
  recipes: { name: string; title: string; wasRun: boolean }[];
  'lab.create': { folder: string; image: string };
  'recipe.form': RecipeForm;
  plan: Plan[];
  /** Returns when the build has its journal; it goes on by itself, also without us. */
  'build.start': { build: string };
  /** Asks the process that runs it to stop, wherever that was started. */
  'build.cancel': { wasRunning: boolean };
  'build.show': BuildDetails;
  /** What it was started with: for another try, without what its recipe keeps secret. */
  'build.origin': { target: string; folder: string; variables: Record<string, string>; only?: string };
  'build.checkpoints': CheckpointInfo[];
  'build.checkpoint': Checkpoint;
  /** What is not the same on the ways to two builds or checkpoints. */
  'build.compare': Comparison;
  /** The build that goes on: the same while it runs, a new one when it had ended. */
  'build.rewind': { build: string };
  /** Answers the question of a build that stands. */
  'build.answer': Record<string, never>;
  'build.remove': Removal;
  /** Why it failed, or stands. */
  'build.explain': Explanation;
  /** Its pictures and log as one HTML file, to be attached to a report. */
  'build.film-file': FilmInfo;
  /** The end of a text file of the build's folder. */
  'build.text': { text: string; isWhole: boolean };
  /** When a picture of the screen was taken, oldest first. */
  'build.film': { file: string; at: string }[];
  /** PNG as base64. */
  'build.picture': { png: string };
  builds: BuildSummary[];
  images: ImageInfo[];
  'release.manifest': Manifest;
  'release.verify': { release: ReleaseInfo; problems: Problem[] };
  'release.remove': Removal;
  promote: { release: ReleaseInfo; channel: string; previous?: string };
  vms: VmInfo[];
  'vm.start': VmInfo;
  'vm.stop': Removal;
  /** The machine's snapshots after the work. */
  'vm.snapshots': VmSnapshot[];
  'export.targets': { name: string; summary: string; notes: string[] }[];
  'export.start': ExportInfo;
  'export.list': ExportRecord[];
  /** The hand-off's notes for people, and its files. */
  'export.read': { text: string; files: { name: string; bytes: number }[] };
  'export.verify': HandOffInfo;
  doctor: Examination;
  storage: StorageInfo;
  clean: Removal[];
}

export type CallName = keyof Answers;
export type CallArguments<K extends CallName> = z.input<(typeof ARGUMENTS)[K]>;
export type ParsedArguments<K extends CallName> = z.output<(typeof ARGUMENTS)[K]>;

/** Every answer, also of a call that failed: an error never crosses as an exception. */
export type Reply<T> = { ok: true; value: T } | { ok: false; failure: Failure };

/** What the engine tells without being asked. `changed` means: look again. */
export interface Tidings {
  /** Builds that are new or went on; those that are gone by their names. */
  builds: { changed: BuildSummary[]; gone: string[] };
  changed: { what: 'images' | 'vms' | 'exports' };
}
export type TidingName = keyof Tidings;

export type StreamKind = keyof typeof STREAM_ARGUMENTS;
export type StreamArguments<K extends StreamKind> = z.input<(typeof STREAM_ARGUMENTS)[K]>;
export type StreamControl = z.infer<typeof STREAM_CONTROL>;

export interface About {
  version: string;
  /** Where the server was started: the lab's folder. */
  folder: string;
  /** Name of the lab's file, where there is one. */
  lab?: string;
  home: string;
  host: string;
  /** Is it the Electron app, or a browser? */
  face: 'app' | 'browser';
}

/** A build as the lists show it: its state without what only its own page needs. */
export type BuildSummary = Omit<BuildState, 'lines' | 'requests' | 'held' | 'notes' | 'machine' | 'served'>;

export interface ExportRecord {
  dir: string;
  image: string;
  version: string;
  targets: string[];
  at: string;
  bytes: number;
}

export interface StorageInfo {
  home: string;
  freeBytes: number;
  totalBytes: number;
  kinds: { kind: string; what: string; path: string; bytes: number }[];
}

/** Handlers of every call, typed by the contract: a forgotten one does not compile. */
export type Handlers<Context> = {
  [K in CallName]: (args: ParsedArguments<K>, context: Context) => Answers[K] | Promise<Answers[K]>;
};

/** How a long call is watched and given up. */
export interface CallOptions {
  signal?: AbortSignal;
  onEvent?: (event: Stamped) => void;
}
