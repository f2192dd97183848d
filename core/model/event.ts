import type { Checkpoint } from './checkpoint.ts';
import type { Failure } from './failure.ts';
import type { Resource } from './resource.ts';
import type { Forward } from './vm.ts';

/** The steps of a build in their order, as they are shown. */
export const STEPS = {
  host: 'Check this host',
  source: 'Fetch and verify the source',
  disk: 'Create the disk',
  answers: 'Serve the answers',
  boot: 'Boot the machine',
  install: 'Install',
  connect: 'Log in to the guest',
  provision: 'Provision',
  seal: 'Seal',
  shutdown: 'Shut down',
  candidate: 'Keep the candidate',
  test: 'Boot and test the candidate',
  'post-process': 'Write the output and run the post-processors',
  release: 'Release',
  export: 'Hand the release on',
} as const;
export type StepName = keyof typeof STEPS;

/** Where a line of text came from. */
export type LineSource = 'installer' | 'serial' | 'provisioner' | 'seal' | 'test' | 'qemu' | 'goldsmith';

export type Outcome = 'ok' | 'failed' | 'cancelled' | 'interrupted';

export type BuildEvent =
  | {
      type: 'started';
      build: string;
      image: string;
      version?: string;
      pid: number;
      /** It goes on from a checkpoint of another build. */
      from?: { build: string; checkpoint: string };
    }
  | { type: 'step-started'; step: StepName; detail?: string }
  | { type: 'step-finished'; step: StepName; ms: number }
  | { type: 'acquiring'; id: number; resource: Resource }
  | { type: 'released'; id: number }
  | { type: 'release-failed'; id: number; failure: Failure }
  /** One plain sentence for the person who watches. */
  | { type: 'note'; message: string }
  | { type: 'warning'; message: string; hint?: string }
  /** `done` of `total` in `unit`; without `total` only the count is known. */
  | { type: 'progress'; what: string; done: number; total?: number; unit: 'bytes' | 'percent' | 'items' }
  | { type: 'line'; source: LineSource; line: string; level?: 'error' | 'warning' }
  /** What the answer server has from now on, without the build's own keys. */
  | { type: 'serving'; paths: string[] }
  /** One request to the answer server; `path` is without the secret prefix. */
  | { type: 'request'; method: string; path: string; status: number; bytes: number; ms: number }
  /** The installer entered a stage, as its own log says; `percent` is of the whole installation. */
  | { type: 'installer-stage'; stage: string; percent?: number }
  | {
      type: 'machine';
      command: string[];
      /** The definition that the command is given, where it is given one. */
      definition?: string;
      vnc?: string;
      serial?: string;
      ssh?: { host: string; port: number; user?: string };
      /** Where other ports of the guest, those that were asked for, are reached. */
      forwards?: Forward[];
    }
  /** The guest is logged in to, at an address that was not known when its machine started: it is on a bridge. */
  | { type: 'reached'; ssh: { host: string; port: number; user: string } }
  | { type: 'test'; name: string; ok: boolean; ms: number; reason?: string }
  | { type: 'candidate'; image: string; version: string; path: string }
  | { type: 'release'; image: string; version: string; id: string; channel: string; path: string }
  | { type: 'checkpoint'; checkpoint: Checkpoint }
  /**
   * The machine stands at an earlier moment again; everything from `step` on is done once more. `resumeMs`: until it
   * ran; `ms`: until somebody was logged in to it, where somebody was.
   */
  | { type: 'rewound'; checkpoint: string; step: StepName; ms: number; resumeMs?: number }
  /** A stage was not done but taken from an earlier build, or kept for later ones. */
  | { type: 'stage'; stage: string; state: 'reused' | 'kept'; key: string }
  /** The build stands until somebody chooses. */
  | { type: 'question'; text: string; choices: { key: string; label: string }[]; failure?: Failure }
  | { type: 'answered'; choice: string }
  /** The build failed and its VM was kept for a person to look at. */
  | { type: 'kept'; pid: number; dir: string; ssh?: { host: string; port: number; user: string; key: string } }
  | { type: 'finished'; outcome: Outcome; failure?: Failure };

export type EventType = BuildEvent['type'];
export type EventOf<T extends EventType> = Extract<BuildEvent, { type: T }>;

/** An event as it stands in the journal: numbered from 1, `at` in ISO 8601 UTC. */
export type Stamped<E extends BuildEvent = BuildEvent> = E & { seq: number; at: string };
