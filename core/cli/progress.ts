import type { Question } from '../model/engine.ts';
import type { Stamped } from '../model/event.ts';
import { type BuildState, emptyState, foldEvent } from '../model/fold.ts';
import { askQuestion } from './ask.ts';
import type { Cli } from './cli.ts';
import { frame } from './frame.ts';
import { isBackground, plainLine } from './plain.ts';

export interface ProgressOptions {
  json?: boolean;
  plain?: boolean;
  /** Also every line of the installer and the serial console, in plain output. */
  verbose?: boolean;
  /** One of several builders whose output is mixed: programs are told its name, and so is who is asked. */
  builder?: string;
}

/** Shows what a long call tells: live on a terminal, a line for each event in a pipe, or one JSON object a line. */
export interface Progress {
  onEvent(event: Stamped): void;
  /** Undefined when nobody is there to be asked. */
  ask: ((question: Question, signal?: AbortSignal) => Promise<string>) | undefined;
  /** Leaves the last picture standing. Always call it. */
  stop(): BuildState;
}

export async function createProgress(cli: Cli, options: ProgressOptions): Promise<Progress> {
  if (options.json) return jsonProgress(cli, options.builder);
  const isTerminal = cli.stdout.isTTY === true && cli.env.TERM !== 'dumb';
  return isTerminal && !options.plain ? liveProgress(cli) : plainProgress(cli, options);
}

function jsonProgress(cli: Cli, builder: string | undefined): Progress {
  let state = emptyState();
  const onEvent = (event: Stamped): void => {
    state = foldEvent(state, event);
    cli.print(JSON.stringify(builder === undefined ? event : { ...event, builder }));
  };
  return { onEvent, ask: undefined, stop: () => state };
}

function plainProgress(cli: Cli, { verbose, builder }: ProgressOptions): Progress {
  let state = emptyState();
  const isDue = everyTenth();
  let since: string | undefined;
  const onEvent = (event: Stamped): void => {
    since ??= event.at;
    state = foldEvent(state, event);
    if ((!verbose && isBackground(event)) || !isDue(event)) return;
    const line = plainLine(event, state, since);
    if (line !== undefined) cli.print(line);
  };
  const ask = cli.stdin.isTTY
    ? ({ text, ...question }: Question, signal?: AbortSignal) =>
        askQuestion({ text: builder === undefined ? text : `${builder}: ${text}`, ...question }, cli, signal)
    : undefined;
  return { onEvent, ask, stop: () => state };
}

/** Progress comes many times a second; a line for each tenth of the way is enough, or for each of ten seconds. */
function everyTenth(): (event: Stamped) => boolean {
  let last = { what: '', tenth: -1, at: 0 };
  return event => {
    if (event.type !== 'progress') return true;
    const { what, done, total, unit } = event;
    const share = unit === 'percent' ? done / 100 : total ? done / total : 0;
    const now = { what, tenth: Math.floor(share * 10), at: Date.parse(event.at) };
    const isDue = now.what !== last.what || now.tenth > last.tenth || now.at - last.at >= 10_000;
    if (isDue) last = now;
    return isDue;
  };
}

/** Redrawn this often at most, and for the clock once a second at least. */
const REDRAW_MS = 100;
const CLOCK_MS = 1000;

async function liveProgress(cli: Cli): Promise<Progress> {
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(cli.stdout as Parameters<typeof createLogUpdate>[0], { showCursor: true });
  let state = emptyState();
  let isPaused = false;
  let drawnMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    if (isPaused || state.seq === 0) return;
    drawnMs = Date.now();
    const size = { columns: cli.stdout.columns ?? 80, rows: cli.stdout.rows ?? 24 };
    update(frame(state, new Date().toISOString(), size, cli.style));
  };
  const schedule = (waitMs: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      draw();
      schedule(CLOCK_MS);
    }, waitMs);
  };
  const onEvent = (event: Stamped): void => {
    state = foldEvent(state, event);
    schedule(Math.max(0, REDRAW_MS - (Date.now() - drawnMs)));
  };
  const ask = async (question: Question, signal?: AbortSignal): Promise<string> => {
    isPaused = true;
    update.done();
    try {
      return await askQuestion(question, cli, signal);
    } finally {
      isPaused = false;
    }
  };
  const stop = (): BuildState => {
    clearTimeout(timer);
    draw();
    update.done();
    return state;
  };
  return { onEvent, ask: cli.stdin.isTTY ? ask : undefined, stop };
}
