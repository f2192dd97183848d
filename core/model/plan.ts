import type { Problem } from './failure.ts';
import type { KeyAction } from './key.ts';
import type { DriverName, InstallerName, IsoName } from './lab.ts';
import type { ImageFormat, Machine } from './machine.ts';
import type { RecipeVariable } from './recipe.ts';
import type { PlanStage } from './stage.ts';

export interface PlanOptions {
  /** `-var name=value`: values as typed; the recipe's types convert them. */
  variables: Record<string, string>;
  /** Absolute paths. */
  variableFiles: string[];
  only: string[];
  except: string[];
  /** Unsupported post-processors are left out with a warning. */
  isLenient?: boolean;
  /** Undefined: what the lab says. */
  driver?: DriverChoice;
  /** Only of `plans`: give the answers with their text as it would be served, and the keys one by one. */
  isFull?: boolean;
}

/** What runs the machines. */
export interface DriverChoice {
  name: DriverName;
  /** Which libvirt; undefined: what the lab says, else the user's own session. */
  uri?: string;
}

export interface TargetInfo {
  name: string;
  description?: string;
  recipe: string;
}

/** A recipe as a form: its variables with the values in force. */
export interface RecipeForm {
  target: string;
  /** Absolute path of the template. */
  recipe: string;
  description?: string;
  /** Values of sensitive ones are never told. */
  variables: RecipeVariable[];
  builders: string[];
}

/** What a build will do, for people to read and for the engine to run. */
export interface Plan {
  image: string;
  /** The version a build started now would get. */
  version: string;
  recipe: string;
  builder: string;
  root: string;
  source: PlanSource;
  machine: Machine;
  /** Why this accelerator. */
  acceleratorReason: string;
  /** Program first; ports and sockets are those of a build started now. Empty when libvirt starts QEMU. */
  qemuArguments: string[];
  /** What libvirt is given instead, and which. */
  libvirt?: { uri: string; domainXml: string };
  /** What Packer would give to QEMU, and what the recipe's `qemuargs` took away. Ports and sockets are examples. */
  packerSwitches: PlanSwitch[];
  boot:
    | {
        kind: 'typed';
        keys: string;
        waitMs: number;
        /** What is waited for instead of times, in words. */
        sync?: string[];
        /** Key events, and how long typing takes with its waits. */
        typing: { events: number; ms: number };
        /** With `isFull`: what is typed, one by one. */
        actions?: KeyAction[];
      }
    | { kind: 'direct'; kernel: string; initrd: string; append: string };
  installer: InstallerName;
  answers: { path: string; kind: string; bytes: number /** With `isFull`, of text. */; text?: string }[];
  /** `way`: the bastion or proxy, and the tunnels, in a few words. */
  guest: { communicator: string; user?: string; timeoutMs?: number; way?: string };
  provisioners: { kind: string; summary: string; place?: string }[];
  /** Runs when a provisioner has failed. */
  errorCleanup?: { kind: string; summary: string; place?: string };
  /** Chains; each works on what the one before it made. */
  postProcessors: PlanPostProcessor[][];
  /** Files a build leaves beside its release. */
  outputs: string[];
  seal: { name: string; summary: string }[];
  tests: { name: string; on: 'guest' | 'host'; summary: string; timeoutMs: number }[];
  release: { format: ImageFormat; compress: string; channel: string };
  /** What a build would take from earlier ones. Empty: nothing is known, or nothing is kept of this image. */
  stages: PlanStage[];
  /** Errors here would stop the build before it starts. */
  problems: Problem[];
}

export interface PlanSwitch {
  name: string;
  /** Empty: the switch stands alone. */
  values: string[];
  origin: 'default' | 'recipe';
  replaced: string[];
}

export interface PlanPostProcessor {
  type: string;
  summary: string;
  place?: string;
  /** It is not run: the hand-off says what it would do. */
  isHandOff: boolean;
}

export interface PlanSource {
  kind: 'iso' | 'image';
  urls: string[];
  checksum: string;
  /** Already in the cache: nothing is downloaded. */
  isCached: boolean;
  /** A file of this host that is not there: a build would fail. */
  missing?: string;
  /** Our own ISO, used when none of `urls` can be reached. */
  fallback?: IsoName;
}
