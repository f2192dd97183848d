import { STEPS } from '../model/event.ts';
import { type BuildState, between, type ProgressState, type StepState } from '../model/fold.ts';
import { plainText } from '../model/plain-text.ts';
import { formatBytes, formatMs } from '../model/quantity.ts';
import { amount } from './plain.ts';
import type { Style } from './style.ts';

export interface FrameSize {
  columns: number;
  rows: number;
}

const LAST_LINES = 5;
const BAR_WIDTH = 24;

/** What a terminal shows of a build at one moment. Pure: the same state and time give the same text. */
export function frame(state: BuildState, now: string, size: FrameSize, style: Style): string {
  const steps = state.steps.map(step => stepLine(step, now, style));
  const current = currentLines(state, now, style);
  const warnings = state.warnings.map(({ message }) => `${style.yellow(style.marks.warning)} ${plainText(message)}`);
  const tail = state.outcome === 'running' ? tailLines(state, style) : [];
  const head = headLine(state, now, style);
  const room = Math.max(4, size.rows - 2);
  return [head, ...fitted([steps, current, warnings, tail], room)].map(line => cut(line, size.columns)).join('\n');
}

/** What does not fit goes, in this order: output, warnings, the oldest steps. */
function fitted([steps, current, warnings, tail]: [string[], string[], string[], string[]], room: number): string[] {
  const forTail = Math.max(0, room - steps.length - current.length - warnings.length);
  const shownTail = forTail > 0 ? tail.slice(-forTail) : [];
  const forWarnings = Math.max(0, room - steps.length - current.length);
  const shownWarnings = forWarnings > 0 ? warnings.slice(-forWarnings) : [];
  return [...[...steps, ...current].slice(-room), ...shownWarnings, ...shownTail];
}

function headLine(state: BuildState, now: string, style: Style): string {
  const name = `${state.image}${state.version ? `@${state.version}` : ''}`;
  const elapsed = formatMs(between(state.startedAt || now, state.finishedAt ?? now));
  return `${style.bold(name)}  ${style.dim(`build ${state.id}`)}  ${elapsed}`;
}

function stepLine(step: StepState, now: string, style: Style): string {
  const mark = {
    ok: style.green(style.marks.ok),
    failed: style.red(style.marks.failed),
    cancelled: style.yellow(style.marks.stopped),
    running: style.cyan(style.marks.running),
  }[step.state];
  const time = formatMs(step.ms ?? between(step.startedAt, now));
  const detail = step.detail ? style.dim(`  ${plainText(step.detail)}`) : '';
  return `${mark} ${STEPS[step.name].padEnd(28)} ${style.dim(time.padStart(12))}${detail}`;
}

/** The installer's stage, the bytes that move, the tests so far: below the step that runs. */
function currentLines(state: BuildState, now: string, style: Style): string[] {
  if (state.outcome !== 'running') return [];
  const lines: string[] = [];
  const { installer, progress } = state;
  if (installer && state.step === 'install') {
    const percent =
      installer.percent === undefined ? '' : `${bar(installer.percent / 100, style)} ${installer.percent} %  `;
    lines.push(`    ${percent}${plainText(installer.stage)}`);
  }
  if (progress) lines.push(`    ${progressLine(progress, now, style)}`);
  const failed = state.tests
    .filter(test => !test.ok)
    .map(test => `    ${style.red(style.marks.failed)} test ${plainText(test.name)}`);
  return [...lines, ...failed];
}

function progressLine(progress: ProgressState, now: string, style: Style): string {
  const { what, done, total, unit } = progress;
  const share = unit === 'percent' ? done / 100 : total ? done / total : undefined;
  if (share === undefined) return `${plainText(what)}  ${amount(done, total, unit)}${speed(progress, now)}`;
  const of = total === undefined || unit === 'percent' ? '' : ` of ${unit === 'bytes' ? formatBytes(total) : total}`;
  return `${plainText(what)}  ${bar(share, style)} ${Math.floor(share * 100)} %${of}${speed(progress, now)}`;
}

/** Rate and time left, once there is a second to measure. */
function speed({ done, total, unit, from, since }: ProgressState, now: string): string {
  const seconds = between(since, now) / 1000;
  if (unit !== 'bytes' || seconds < 1 || done <= from) return '';
  const rate = (done - from) / seconds;
  const left = total === undefined ? '' : `  ${formatMs(((total - done) / rate) * 1000)} left`;
  return `  ${formatBytes(rate)}/s${left}`;
}

export function bar(share: number, style: Style): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return style.marks.full.repeat(full) + style.marks.empty.repeat(BAR_WIDTH - full);
}

function tailLines(state: BuildState, style: Style): string[] {
  return state.lines.slice(-LAST_LINES).map(({ line, level }) => {
    const paint = level === 'error' ? style.red : level === 'warning' ? style.yellow : style.dim;
    return paint(`    ${plainText(line)}`);
  });
}

/** Cuts to the width of the terminal, colours not counted, so that a long line never breaks the frame. */
function cut(line: string, columns: number): string {
  let width = 0;
  let cutLine = '';
  for (const [part] of line.matchAll(/\x1b\[[\d;]*m|./gu)) {
    const isColour = part.startsWith('\x1b');
    if (!isColour && ++width >= columns) continue;
    cutLine += part;
  }
  return cutLine;
}
