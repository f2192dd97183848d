import type { Checkpoint, StandingQuestion } from './checkpoint.ts';
import {
  type BuildEvent,
  type EventOf,
  type LineSource,
  type Outcome,
  STEPS,
  type Stamped,
  type StepName,
} from './event.ts';
import type { Failure } from './failure.ts';
import type { Resource } from './resource.ts';
import type { Forward } from './vm.ts';

/** Lines, warnings and requests kept in the state; the journal has all of them. */
const KEPT = { lines: 50, warnings: 100, requests: 200, notes: 50 } as const;

export type StepState = {
  name: StepName;
  state: 'running' | 'ok' | 'failed' | 'cancelled';
  startedAt: string;
  ms?: number;
  detail?: string;
};

/** What is moving now: bytes of a download, percent of a conversion. */
export interface ProgressState {
  what: string;
  done: number;
  total?: number;
  unit: EventOf<'progress'>['unit'];
  /** When the first event about `what` came, and how much was done then: for a rate. */
  since: string;
  from: number;
  at: string;
}

/** A build as its journal tells it: the same for the command line, the app and the recovery after a crash. */
export interface BuildState {
  id: string;
  image: string;
  version?: string;
  /** Process that runs it. */
  pid?: number;
  /** `running` means: the journal has no end. Whether the process still lives is the host's to say. */
  outcome: Outcome | 'running';
  startedAt: string;
  finishedAt?: string;
  /** Time of the last event. */
  at: string;
  seq: number;
  steps: StepState[];
  /** The step that runs now. */
  step?: StepName | undefined;
  installer?: { stage: string; percent?: number; since: string };
  progress?: ProgressState | undefined;
  /** Newest last. */
  notes: string[];
  warnings: { message: string; hint?: string }[];
  lines: { source: LineSource; line: string; level?: 'error' | 'warning' }[];
  requests: { method: string; path: string; status: number; bytes: number; at: string }[];
  requestCount: number;
  /** What the answer server has, as paths; missing in journals of older builds. */
  served?: string[];
  tests: { name: string; ok: boolean; ms: number; reason?: string }[];
  machine?: {
    command: string[];
    definition?: string;
    vnc?: string;
    serial?: string;
    ssh?: { host: string; port: number; user?: string };
    forwards?: Forward[];
  };
  /** The build and checkpoint this one goes on from. */
  from?: { build: string; checkpoint: string };
  /** In the order they were taken. */
  checkpoints: Checkpoint[];
  /** The checkpoint that the machine as it runs now grew from. */
  checkpoint?: string;
  /** Each time the machine went back, oldest first. */
  rewinds: { checkpoint: string; at: string }[];
  /** Stages taken from earlier builds. */
  reused: string[];
  /** Somebody has to choose. */
  question?: StandingQuestion | undefined;
  candidate?: { version: string; path: string };
  release?: { version: string; id: string; channel: string; path: string };
  kept?: { pid: number; dir: string; ssh?: { host: string; port: number; user: string; key: string } };
  /** Taken and not given back, oldest first: what recovery has to release. */
  held: { id: number; resource: Resource }[];
  failure?: Failure;
}

const BEFORE_LOGIN: ReadonlySet<StepName | undefined> = new Set<StepName>(['boot', 'install', 'connect']);

/** Whether nobody can log in to the guest yet, or could when the build ended. */
export const isBeforeLogin = ({ step, steps }: BuildState): boolean => BEFORE_LOGIN.has(step ?? steps.at(-1)?.name);

/** The state before the first event. */
export function emptyState(): BuildState {
  return {
    id: '',
    image: '',
    outcome: 'running',
    startedAt: '',
    at: '',
    seq: 0,
    steps: [],
    notes: [],
    warnings: [],
    lines: [],
    requests: [],
    requestCount: 0,
    tests: [],
    held: [],
    checkpoints: [],
    rewinds: [],
    reused: [],
  };
}

/** All events of one build, oldest first, as the state they lead to. */
export function fold(events: Iterable<Stamped>): BuildState {
  let state = emptyState();
  for (const event of events) state = foldEvent(state, event);
  return state;
}

/** One more event; the given state is not changed. An event of a newer Goldsmith, unknown here, only moves the clock. */
export function foldEvent(state: BuildState, event: Stamped): BuildState {
  const change = (CHANGES as Partial<Record<string, (s: BuildState, e: Stamped) => Partial<BuildState>>>)[event.type];
  return { ...state, seq: event.seq, at: event.at, ...(change ? change(state, event) : {}) };
}

type Changes = { [T in BuildEvent['type']]: (state: BuildState, event: Stamped & EventOf<T>) => Partial<BuildState> };

const CHANGES: Changes = {
  started: (_state, event) => ({
    id: event.build,
    image: event.image,
    pid: event.pid,
    startedAt: event.at,
    ...(event.version === undefined ? {} : { version: event.version }),
    ...(event.from === undefined ? {} : { from: event.from, checkpoint: event.from.checkpoint }),
  }),
  'step-started': (state, event) => startStep(state, event),
  'step-finished': (state, event) => ({
    ...WITHOUT_CURRENT,
    steps: state.steps.map(step => (isOpen(step, event.step) ? { ...step, state: 'ok', ms: event.ms } : step)),
  }),
  acquiring: (state, event) => ({ held: [...state.held, { id: event.id, resource: event.resource }] }),
  released: (state, event) => ({ held: state.held.filter(item => item.id !== event.id) }),
  'release-failed': () => ({}),
  note: (state, event) => ({ notes: kept(state.notes, event.message, KEPT.notes) }),
  warning: (state, { message, hint }) => ({
    warnings: kept(state.warnings, hint === undefined ? { message } : { message, hint }, KEPT.warnings),
  }),
  progress: (state, event) => ({ progress: moveProgress(state.progress, event) }),
  line: (state, { source, line, level }) => ({
    lines: kept(state.lines, level === undefined ? { source, line } : { source, line, level }, KEPT.lines),
  }),
  serving: (_state, { paths }) => ({ served: paths }),
  request: (state, { method, path, status, bytes, at }) => ({
    requestCount: state.requestCount + 1,
    requests: kept(state.requests, { method, path, status, bytes, at }, KEPT.requests),
  }),
  'installer-stage': (_state, { stage, percent, at }) => ({
    installer: percent === undefined ? { stage, since: at } : { stage, percent, since: at },
  }),
  machine: (_state, { type: _type, seq: _seq, at: _at, ...machine }) => ({ machine }),
  reached: ({ machine }, { ssh }) => (machine ? { machine: { ...machine, ssh } } : {}),
  test: (state, { name, ok, ms, reason }) => ({
    tests: [...state.tests, reason === undefined ? { name, ok, ms } : { name, ok, ms, reason }],
  }),
  checkpoint: (state, { checkpoint }) => ({
    checkpoint: checkpoint.id,
    checkpoints: [...state.checkpoints, checkpoint],
  }),
  rewound: (state, { checkpoint, step, at }) => ({
    ...WITHOUT_CURRENT,
    checkpoint,
    steps: stepsBefore(state.steps, step),
    rewinds: [...state.rewinds, { checkpoint, at }],
  }),
  stage: (state, { stage, state: what }) => (what === 'reused' ? { reused: [...state.reused, stage] } : {}),
  question: (_state, { text, choices, at, failure }) => ({
    question: failure === undefined ? { text, choices, at } : { text, choices, at, failure },
  }),
  answered: () => ({ question: undefined }),
  candidate: (_state, { version, path }) => ({ version, candidate: { version, path } }),
  release: (_state, { version, id, channel, path }) => ({ version, release: { version, id, channel, path } }),
  kept: (_state, { pid, dir, ssh }) => ({ kept: ssh === undefined ? { pid, dir } : { pid, dir, ssh } }),
  finished: (state, event) => finish(state, event),
};

/** What ends with a step. */
const WITHOUT_CURRENT = { step: undefined, progress: undefined };

const isOpen = (step: StepState, name: StepName): boolean => step.name === name && step.state === 'running';

function startStep(state: BuildState, event: Stamped<EventOf<'step-started'>>): Partial<BuildState> {
  const step: StepState = { name: event.step, state: 'running', startedAt: event.at };
  if (event.detail !== undefined) step.detail = event.detail;
  return { ...WITHOUT_CURRENT, step: event.step, steps: [...givenUp(state.steps, event), step] };
}

/** What is begun again, or comes before what was going on: that failed, and somebody chose another try. */
function givenUp(steps: StepState[], { step: next, at }: Stamped<EventOf<'step-started'>>): StepState[] {
  const order = Object.keys(STEPS);
  const isGivenUp = ({ name, state }: StepState): boolean =>
    state === 'running' && order.indexOf(name) >= order.indexOf(next);
  return steps.map(step => (isGivenUp(step) ? { ...step, state: 'failed', ms: between(step.startedAt, at) } : step));
}

/** What a machine that went back has still done. */
function stepsBefore(steps: StepState[], name: StepName): StepState[] {
  const order = Object.keys(STEPS);
  return steps.filter(step => order.indexOf(step.name) < order.indexOf(name));
}

function moveProgress(before: ProgressState | undefined, event: Stamped<EventOf<'progress'>>): ProgressState {
  const { what, done, unit, at, total } = event;
  const isSame = before?.what === what && before.unit === unit && done >= before.done;
  const start = isSame ? { since: before.since, from: before.from } : { since: at, from: done };
  return { what, done, unit, at, ...start, ...(total === undefined ? {} : { total }) };
}

/** A step that was open when the build ended is where it ended. */
function finish(state: BuildState, event: Stamped<EventOf<'finished'>>): Partial<BuildState> {
  const ending: StepState['state'] =
    event.outcome === 'ok' ? 'ok' : event.outcome === 'failed' ? 'failed' : 'cancelled';
  const close = (step: StepState): StepState =>
    step.state === 'running' ? { ...step, state: ending, ms: between(step.startedAt, event.at) } : step;
  return {
    ...WITHOUT_CURRENT,
    question: undefined,
    outcome: event.outcome,
    finishedAt: event.at,
    steps: state.steps.map(close),
    ...(event.failure === undefined ? {} : { failure: event.failure }),
  };
}

/** Milliseconds between two ISO 8601 times. */
export const between = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));

const kept = <T>(items: T[], item: T, limit: number): T[] => [...items.slice(-(limit - 1)), item];
