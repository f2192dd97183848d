import { type BuildEvent, type EventOf, STEPS, type Stamped } from '../../core/model/event.ts';
import { formatBytes, formatMs } from '../../core/model/quantity.ts';
import { type Resource, resourceName } from '../../core/model/resource.ts';

type Texts = { [T in BuildEvent['type']]: (event: EventOf<T>) => string };

/** Events in a line each. */
const TEXTS: Texts = {
  started: ({ image, version, pid }) => `${image}${version ? `@${version}` : ''}, process ${pid}`,
  'step-started': ({ step, detail }) => `${STEPS[step]}${detail ? `: ${detail}` : ''}`,
  'step-finished': ({ step, ms }) => `${STEPS[step]}: ${formatMs(ms)}`,
  acquiring: ({ id, resource }) => `${id}: ${resourceText(resource)}`,
  released: ({ id }) => String(id),
  'release-failed': ({ id, failure }) => `${id}: ${failure.message}`,
  note: ({ message }) => message,
  warning: ({ message, hint }) => `${message}${hint ? ` ${hint}` : ''}`,
  progress: ({ what, done, unit }) => `${what}: ${unit === 'bytes' ? formatBytes(done) : done}`,
  line: ({ source, line }) => `${source}: ${line}`,
  serving: ({ paths }) => `${paths.length === 1 ? paths[0] : `${paths.length} files`}`,
  checkpoint: ({ checkpoint: { id, name, memoryBytes, pauseMs } }) =>
    `${name} (${id}, ${formatBytes(memoryBytes)}, the machine stood for ${formatMs(pauseMs)})`,
  rewound: ({ checkpoint, step }) => `to ${checkpoint}, on with “${STEPS[step]}”`,
  stage: ({ stage, state }) =>
    `${stage} ${state === 'reused' ? 'is taken from an earlier build' : 'is kept for later'}`,
  question: ({ text }) => text.replaceAll('\n', ' '),
  answered: ({ choice }) => choice,
  reached: ({ ssh: { host, port, user } }) => `SSH at ${user}@${host}:${port}`,
  request: ({ method, path, status }) => `${method} ${path} ${status}`,
  'installer-stage': ({ stage, percent }) => `${stage}${percent === undefined ? '' : ` (${percent} %)`}`,
  machine: ({ ssh, command }) => `${command[0] ?? 'machine'}${ssh ? `, SSH at ${ssh.host}:${ssh.port}` : ''}`,
  test: ({ name, ok, ms, reason }) =>
    `${name}: ${ok ? 'passed' : 'failed'} in ${formatMs(ms)}${reason ? `: ${reason}` : ''}`,
  candidate: ({ image, version }) => `${image}@${version}`,
  release: ({ image, version, channel, id }) => `${image}@${version}, channel ${channel}, ${id}`,
  kept: ({ pid }) => `process ${pid}`,
  finished: ({ outcome, failure }) => `${outcome}${failure ? `: ${failure.message}` : ''}`,
};

const resourceText = (resource: Resource): string => `${resource.kind} ${resourceName(resource)}`;

/** An event of a newer Goldsmith, unknown here, as it stands. */
export function eventText(event: Stamped): string {
  const text = (TEXTS as Partial<Record<string, (event: Stamped) => string>>)[event.type];
  return text ? text(event) : JSON.stringify(event);
}
