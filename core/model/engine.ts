import type { Checkpoint, CheckpointInfo } from './checkpoint.ts';
import type { Comparison } from './comparison.ts';
import type { Stamped } from './event.ts';
import type { Explanation } from './explanation.ts';
import type { Problem } from './failure.ts';
import type { BuildState } from './fold.ts';
import type { ExportInfo, ExportToOptions, HandOffInfo } from './hand-off.ts';
import type { CleanOptions, ImageInfo, ImportOptions, IsoInfo, ReleaseInfo, Removal } from './image.ts';
import type { IsoName } from './lab.ts';
import type { LongLivedMachines } from './long-lived.ts';
import type { Manifest } from './manifest.ts';
import type { Plan, PlanOptions, RecipeForm, TargetInfo } from './plan.ts';
import type { CacheInfo } from './stage.ts';
import type { RunVmOptions, VmInfo, VmSnapshot } from './vm.ts';

/**
 * Everything a face of Goldsmith (command line, app, served app) can ask for: plain data in, plain data out.
 * Every method throws GoldsmithError only. `core/engine/` implements it (`openEngine`).
 */
export interface Engine {
  /** Runs a build to its release. Its failure is also in the journal, which stays. */
  build(target: string, options: BuildOptions, watch: Watch): Promise<BuildResult>;
  /** Everything a build would do, resolved and checked; makes nothing. Problems are in the plan, not thrown. */
  plan(target: string, options: PlanOptions): Promise<Plan>;
  /** A plan for each builder of a Packer template, in its order; one for an image of the lab. */
  plans(target: string, options: PlanOptions): Promise<Plan[]>;
  /** An image as a Packer HCL2 template of its own. Problems: what Packer has no word for. */
  exportTemplate(target: string, options: PlanOptions): Promise<{ text: string; problems: Problem[] }>;
  /** Names of the lab's images; empty outside a lab. */
  targets(): Promise<TargetInfo[]>;
  /** What a person may set before a build: the recipe's variables, also those that still lack a value. */
  recipe(target: string): Promise<RecipeForm>;

  /** Newest first. One whose process is gone without an end has the outcome `interrupted`. */
  builds(): Promise<BuildState[]>;
  /** @throws `not-found` */
  show(build: string): Promise<BuildDetails>;
  /** Tells every event of a journal; with `follow`, goes on until the build has finished or `signal` fires. */
  followLog(build: string, options: { follow: boolean }, watch: Watch): Promise<void>;
  /** Asks the process that runs a build, wherever it was started, to stop and give everything back. */
  cancel(build: string): Promise<{ wasRunning: boolean }>;

  /** The moments of a build that it can go back to, in the order they were taken. @throws `not-found` */
  checkpoints(build: string): Promise<CheckpointInfo[]>;
  /** Saves the moment of a build that runs. @throws `busy` when it cannot be told now */
  checkpoint(build: string, name: string): Promise<Checkpoint>;
  /**
   * A build that runs goes back to a checkpoint, and its journal tells the rest. Of one that has ended, a new build
   * goes on from there, with everything a person has changed meanwhile.
   */
  rewind(
    build: string,
    checkpoint: string,
    options: RewindOptions,
    watch: Watch,
  ): Promise<BuildResult | { build: string }>;
  /**
   * Saves a kept machine as it runs, goes back to where it was saved, or forgets that; `list` does nothing.
   * @returns the snapshots there are then, oldest first
   */
  snapshots(vm: string, work: 'list' | 'save' | 'load' | 'delete', name: string): Promise<VmSnapshot[]>;
  /** Answers the question of a build that stands (`BuildState.question`), with the key of a choice. */
  answer(build: string, choice: string): Promise<void>;

  /**
   * What is not the same on two ways of a machine: each a build, as it stands, or the id of one of its checkpoints.
   * @throws `not-found`
   */
  compare(one: string, other: string): Promise<Comparison>;

  /** Why a build failed, or why it stands. */
  explain(build: string): Promise<Explanation>;
  /** Writes what its screen showed, and its log, as one HTML file. @throws `not-found` */
  film(build: string, output: string): Promise<FilmInfo>;

  /** What builds left at their checkpoints: where later ones begin. */
  stages(): Promise<CacheInfo>;
  /**
   * Removes stages by id, build or image, and all that stand on them; undefined: all that no build runs on.
   * @throws `not-found`, `busy`
   */
  removeStages(wanted: string[] | undefined): Promise<Removal[]>;

  /** Images of the store with their releases, candidates and channels. */
  images(): Promise<ImageInfo[]>;
  /** `image` (its channel `latest`), `image@version` or `image@channel`. @throws `not-found` */
  resolve(ref: string): Promise<ReleaseInfo>;
  /** What a release says of itself: what it was made of, its packages, its tests. @throws `not-found` */
  manifest(ref: string): Promise<Manifest>;
  /** Points a channel at a release. A candidate that failed is refused. */
  promote(ref: string, channel: string): Promise<{ release: ReleaseInfo; channel: string; previous?: string }>;
  /** Reads a release again and compares it with its manifest. */
  verify(ref: string, watch: Watch): Promise<{ release: ReleaseInfo; problems: Problem[] }>;
  /** Hands a release on in other formats: a new folder that appears whole or not at all. @throws `exists`, `usage` */
  exportTo(ref: string, options: ExportToOptions, watch: Watch): Promise<ExportInfo>;
  /**
   * Takes an image from outside (qcow2, raw, VHD, VHDX, VMDK, OVA) as a release on the channel `imported`: looked at
   * before QEMU sees it, converted where it can touch nothing else. @throws `source-unsafe` with the reason, `exists`
   */
  importImage(file: string, options: ImportOptions, watch: Watch): Promise<ReleaseInfo>;
  /** Checks a folder that `exportTo` made, offline; with `key` (path of a public key), that it signed the folder. */
  verifyHandOff(dir: string, watch: Watch, key?: string): Promise<HandOffInfo>;
  /** Removes a release (`image@version`), a finished build or a kept VM. What a channel names needs `force`. */
  remove(what: string, options: { force: boolean }): Promise<Removal>;

  /** Starts a VM on a throwaway overlay of a release. With `keep`, it outlives this process. */
  run(ref: string, options: RunVmOptions, watch: Watch): Promise<VmInfo>;
  /** Machines alive now: of running builds, kept by builds, kept by `run`. */
  vms(): Promise<VmInfo[]>;
  /** Settles when the VM is gone. With the abort of `signal` it is ended unless it was kept. */
  waitForVm(vm: string, signal: AbortSignal): Promise<void>;
  /** Where the serial port of a living VM or build is. @throws `not-found` when it is not running */
  console(id: string): Promise<{ serialSocket: string; serialLog: string }>;
  /**
   * A shell in a guest: over SSH where the build is logged in, else the installer's, which is on the serial console once
   * `keys` are typed there. @throws `unsupported` where none is known, `busy`
   */
  shell(id: string): Promise<ShellWay>;
  /** Argument vector (program first) of an OpenSSH session with the build's key and pinned host key. */
  ssh(id: string, command: string[]): Promise<{ argv: string[] }>;

  /** Machines from releases that live in a libvirt until a person removes them. */
  machines: LongLivedMachines;

  /** Makes one of our own ISOs; already there and current: says so. */
  iso(name: IsoName, options: { output?: string; force: boolean }, watch: Watch): Promise<IsoInfo>;
  /** Looks at this host: what builds need, what works, and how to mend each gap. */
  doctor(options: { refresh: boolean }, watch: Watch): Promise<Examination>;
  /** Gives back what crashed builds left. Runs by itself before every build. */
  recover(): Promise<Removal[]>;
  /** `recover`, then removes garbage; with `dryRun` only says what it would free. */
  clean(options: CleanOptions): Promise<Removal[]>;
}

/** How a long call tells, is cancelled and asks. */
export interface Watch {
  signal: AbortSignal;
  onEvent(event: Stamped): void;
  /** Missing: nobody is there to be asked. Answers with the key of a choice. `signal`: somebody else has answered. */
  ask?(question: Question, signal?: AbortSignal): Promise<string>;
}

export interface Question {
  text: string;
  choices: { key: string; label: string }[];
  /** There are no choices: the answer is what is typed, unseen. */
  isSecret?: boolean;
}

export interface BuildOptions extends PlanOptions {
  onError: 'cleanup' | 'keep' | 'ask';
  /** Undefined: the lab's channel. */
  channel?: string;
  /** Undefined: from `git describe`, else the date. */
  version?: string;
  /** May sources, packages and stages of earlier builds be used? */
  isCacheUsed: boolean;
  /** Replace an output directory that is there already, as Packer's `-force`. */
  isForced?: boolean;
}

export interface RewindOptions {
  onError: BuildOptions['onError'];
}

export interface BuildResult {
  build: string;
  release: ReleaseInfo;
  /** What the lab's `exports` made of it; undefined where it has none. */
  handOff?: ExportInfo;
}

export interface FilmInfo {
  /** The HTML file. */
  path: string;
  pictures: number;
  lines: number;
  bytes: number;
}

export interface BuildDetails {
  state: BuildState;
  dir: string;
  /** Journal, logs and screenshots: what to look at, by what it is. */
  files: { name: string; path: string; bytes: number }[];
  vm?: VmInfo;
}

export type ShellWay =
  | { via: 'ssh'; argv: string[] }
  | { via: 'console'; serialSocket: string; serialLog: string; keys: string };

/** What a look at this host found. */
export interface Examination {
  checks: Check[];
  canBuild: boolean;
  /** Those that are here, that the lab builds on, and on which a person has machines. */
  libvirts: LibvirtInfo[];
}

export interface LibvirtInfo {
  uri: string;
  /** Of its daemon; missing with all below when it cannot be reached. */
  version?: string;
  /** All that it has, and those that Goldsmith made there. */
  domains?: number;
  ours?: number;
  /** Why it cannot be reached. */
  reason?: string;
  hint?: string;
}

/** One thing of this host that builds use. */
export interface Check {
  area: string;
  what: string;
  state: 'ok' | 'warning' | 'missing';
  /** What to do about it. */
  fix?: string;
}

declare global {
  /** The model knows neither Node nor a browser: this merges with the AbortSignal of whichever is there. */
  interface AbortSignal {
    readonly aborted: boolean;
  }
}
