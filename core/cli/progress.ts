import { styleText } from 'node:util';
import { type EventType, STEPS, type Stamped } from '../model/event.ts';
import { type BuildState, emptyState, foldEvent, type StepState } from '../model/fold.ts';
import { formatBytes, formatMs } from '../model/quantity.ts';
import type { LogUpdate } from './live.ts';

const REDRAW_MS = 200;
const SHOWN_LINES = 3;
const BAR_WIDTH = 24;
const MARKS: Record<StepState['state'], string> = { running: '…', ok: '✔', failed: '✘', cancelled: '✘' };

/** Shows a build as it goes. `done` leaves the last picture standing. */
export interface Progress {
  event(event: Stamped): void;
  done(): void;
}

/** On a terminal: one picture, drawn anew. */
export class LiveProgress implements Progress {
  #state: BuildState = emptyState();
  #drawnAt = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(readonly screen: LogUpdate) {
    this.#timer = setInterval(() => this.#draw(), 1000);
    this.#timer.unref();
  }

  event(event: Stamped): void {
    this.#state = foldEvent(this.#state, event);
    if (performance.now() - this.#drawnAt > REDRAW_MS) this.#draw();
  }

  done(): void {
    clearInterval(this.#timer);
    this.#draw();
    this.screen.done();
  }

  #draw(): void {
    this.#drawnAt = performance.now();
    this.screen(picture(this.#state, Date.now()));
  }
}

/** The build as a few lines: steps with times, the installer's stage, bytes, warnings, the last lines of output. */
export function picture(state: BuildState, nowMs: number): string {
  const title = `${state.image}${state.version ? `@${state.version}` : ''}  ${state.id}`;
  const steps = state.steps.map(step => stepLine(step, state, nowMs));
  const warnings = state.warnings.slice(-3).map(({ message }) => `  ! ${message}`);
  const lines =
    state.outcome === 'running'
      ? state.lines.slice(-SHOWN_LINES).map(({ line }) => styleText('dim', `    ${printable(line)}`))
      : [];
  const width = process.stdout.columns ?? 80;
  return [title, ...steps, ...warnings, ...lines].map(line => clip(line, width)).join('\n');
}

function stepLine(step: StepState, state: BuildState, nowMs: number): string {
  const ms = step.ms ?? nowMs - Date.parse(step.startedAt);
  const base = `  ${MARKS[step.state]} ${STEPS[step.name].padEnd(32)} ${formatMs(ms).padStart(10)}`;
  return step.state === 'running' ? `${base}  ${now(state)}` : base;
}

/** What the running step is at. */
function now({ installer, progress, step }: BuildState): string {
  if (progress) {
    const amount = progress.unit === 'bytes' ? formatBytes(progress.done) : `${progress.done}`;
    const share = progress.total ? progress.done / progress.total : undefined;
    return `${progress.what} ${share === undefined ? amount : `${bar(share)} ${amount}`}`;
  }
  if (step === 'install' && installer) {
    return `${installer.percent === undefined ? '' : `${bar(installer.percent / 100)} ${installer.percent} % `}${installer.stage}`;
  }
  return '';
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, share) * BAR_WIDTH);
  return `[${'#'.repeat(full)}${' '.repeat(BAR_WIDTH - full)}]`;
}

const clip = (line: string, width: number): string => (line.length > width ? `${line.slice(0, width - 1)}…` : line);

/** A guest's bytes are not to be obeyed: escape sequences and control characters are left out. */
const printable = (line: string): string =>
  line.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b[@-_]|[\u0000-\u001f\u007f-\u009f]/g, '');

type Plain = { [T in EventType]?: (event: never) => string | undefined };

/** How an event reads as one plain line; those that are not here are left to `goldsmith log`. */
const PLAIN: Plain = {
  started: (event: Stamped & { build: string; image: string; version?: string }) =>
    `build ${event.build}: ${event.image}@${event.version ?? ''}`,
  'step-started': (event: Stamped & { step: keyof typeof STEPS }) => `${STEPS[event.step]} ...`,
  'step-finished': (event: Stamped & { step: keyof typeof STEPS; ms: number }) =>
    `${STEPS[event.step]}: ${formatMs(event.ms)}`,
  note: (event: Stamped & { message: string }) => event.message,
  warning: (event: Stamped & { message: string; hint?: string }) =>
    `warning: ${event.message}${event.hint ? ` (${event.hint})` : ''}`,
  'installer-stage': (event: Stamped & { stage: string; percent?: number }) =>
    `installer: ${event.stage}${event.percent === undefined ? '' : ` (${event.percent} %)`}`,
  test: (event: Stamped & { name: string; ok: boolean; ms: number; reason?: string }) =>
    `test ${event.ok ? 'ok' : 'FAILED'}: ${event.name} (${formatMs(event.ms)})${event.reason ? `: ${event.reason}` : ''}`,
  line: (event: Stamped & { source: string; line: string }) =>
    event.source === 'provisioner' || event.source === 'test' || event.source === 'seal'
      ? `${event.source}| ${printable(event.line)}`
      : undefined,
  candidate: (event: Stamped & { path: string }) => `the failed candidate is kept in ${event.path}`,
  kept: (event: Stamped & { pid: number }) => `the machine is kept (process ${event.pid})`,
};

/** An event as one line of text, or undefined where it says nothing to somebody who reads along. */
export const plainLine = (event: Stamped): string | undefined =>
  (PLAIN[event.type] as ((event: Stamped) => string | undefined) | undefined)?.(event);

/** In a pipe: one stable line for each event that matters. */
export class PlainProgress implements Progress {
  constructor(readonly write: (line: string) => void) {}

  event(event: Stamped): void {
    const line = plainLine(event);
    if (line !== undefined) this.write(line);
  }

  done(): void {}
}
