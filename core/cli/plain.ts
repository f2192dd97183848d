import { type EventOf, type EventType, STEPS, type Stamped } from '../model/event.ts';
import { type BuildState, between } from '../model/fold.ts';
import { plainText } from '../model/plain-text.ts';
import { formatBytes, formatMs } from '../model/quantity.ts';

type Line<T extends EventType> = (event: Stamped<EventOf<T>>, state: BuildState) => string | undefined;

/**
 * One event as one plain line, for pipes and logs; undefined for what only machines want. The form is stable:
 * elapsed time, a word for the kind, the rest.
 * @param since when it began, in ISO 8601, where no event says so: an export is no build
 */
export function plainLine(event: Stamped, state: BuildState, since = event.at): string | undefined {
  const line = LINES[event.type] as Line<EventType> | undefined;
  const text = line?.(event, state);
  if (text === undefined) return undefined;
  return plainText(`[${clock(between(state.startedAt || since, event.at))}] ${text}`);
}

/** Hundreds of lines of an installer say nothing to somebody who reads along; its stages and errors do. */
export const isBackground = (event: Stamped): boolean =>
  event.type === 'line' && event.level !== 'error' && ['installer', 'serial', 'qemu'].includes(event.source);

/** `01:02:03` since the start. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map(part => String(part).padStart(2, '0'))
    .join(':');
}

const nothing = (): undefined => undefined;

const LINES: { [T in EventType]: Line<T> } = {
  started: ({ image, version, build, from }) =>
    `started   ${image}${version ? `@${version}` : ''} (build ${build})${from ? `, on from ${from.checkpoint} of ${from.build}` : ''}`,
  'step-started': ({ step, detail }) => `step      ${STEPS[step]}${detail ? `: ${detail}` : ''}`,
  'step-finished': ({ step, ms }) => `done      ${STEPS[step]} (${formatMs(ms)})`,
  acquiring: nothing,
  released: nothing,
  'release-failed': ({ failure }) => `warning   Could not give something back: ${failure.message}`,
  note: ({ message }) => `note      ${message}`,
  warning: ({ message, hint }) => `warning   ${message}${hint ? ` (${hint})` : ''}`,
  progress: ({ what, done, total, unit }) => `progress  ${what}: ${amount(done, total, unit)}`,
  line: ({ source, line }) => `${source.padEnd(9)} ${line}`,
  serving: nothing,
  request: ({ method, path, status, bytes }) => `request   ${method} ${path} ${status} (${formatBytes(bytes)})`,
  'installer-stage': ({ stage, percent }) => `installer ${percent === undefined ? '' : `${percent} % `}${stage}`,
  machine: nothing,
  reached: ({ ssh }) => `reached   ${ssh.user}@${ssh.host}, port ${ssh.port}`,
  test: ({ name, ok, ms, reason }) =>
    `test      ${ok ? 'ok' : 'FAILED'} ${name} (${formatMs(ms)})${reason ? `: ${reason}` : ''}`,
  checkpoint: ({ checkpoint: { id, name, by, pauseMs, memoryBytes, diskOnly } }) =>
    by === 'cache'
      ? `has       ${id} ${name}, of an earlier build`
      : `saved     ${id} ${name} (${formatBytes(memoryBytes)}, ${formatMs(pauseMs)})${diskOnly ? `: the disks only, ${diskOnly}` : ''}`,
  rewound: ({ checkpoint, step, ms }) => `rewound   to ${checkpoint}, on with "${STEPS[step]}" (${formatMs(ms)})`,
  stage: ({ stage, state }) =>
    `stage     ${stage} ${state === 'reused' ? 'is taken from an earlier build' : 'is kept'}`,
  question: ({ text, choices }) =>
    `question  ${text.replaceAll('\n', ' ')} (${choices.map(({ label }) => label).join(', ')})`,
  answered: ({ choice }) => `answered  ${choice}`,
  candidate: ({ image, version }) => `candidate ${image}@${version}`,
  release: ({ image, version, channel, path }) => `released  ${image}@${version} as ${channel}: ${path}`,
  kept: ({ dir }) => `kept      The VM goes on running: ${dir}`,
  finished: ({ outcome, failure }) => `finished  ${outcome}${failure ? `: ${failure.message}` : ''}`,
};

/** `12.0 MiB of 40.0 MiB (30 %)`. */
export function amount(done: number, total: number | undefined, unit: EventOf<'progress'>['unit']): string {
  if (unit === 'percent') return `${Math.floor(done)} %`;
  const show = unit === 'bytes' ? formatBytes : String;
  if (total === undefined) return show(done);
  return `${show(done)} of ${show(total)}${total > 0 ? ` (${Math.floor((done / total) * 100)} %)` : ''}`;
}
