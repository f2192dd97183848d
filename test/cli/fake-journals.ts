import type { BuildEvent, Stamped } from '../../core/model/event.ts';

const START = Date.parse('2026-11-20T10:00:00.000Z');

/** Events as a journal has them: one second apart, unless `at` (seconds since the start) says otherwise. */
export const stamped = (...events: (BuildEvent & { after?: number })[]): Stamped[] => {
  let seconds = -1;
  return events.map(({ after, ...event }, index) => {
    seconds += after ?? 1;
    return { ...event, seq: index + 1, at: new Date(START + seconds * 1000).toISOString() } as Stamped;
  });
};

/** A build with everything a build can tell. */
export const GOOD_BUILD: Stamped[] = stamped(
  { type: 'started', build: 'web-20261120-1', image: 'web', version: 'v1', pid: 77 },
  { type: 'step-started', step: 'source', detail: 'debian.iso' },
  { type: 'acquiring', id: 1, resource: { kind: 'dir', path: '/w' } },
  { type: 'progress', what: 'download', done: 0, total: 104_857_600, unit: 'bytes' },
  { type: 'progress', what: 'download', done: 52_428_800, total: 104_857_600, unit: 'bytes', after: 5 },
  { type: 'progress', what: 'download', done: 53_428_800, total: 104_857_600, unit: 'bytes' },
  { type: 'progress', what: 'download', done: 104_857_600, total: 104_857_600, unit: 'bytes' },
  { type: 'step-finished', step: 'source', ms: 9100 },
  { type: 'step-started', step: 'install' },
  { type: 'request', method: 'GET', path: '/preseed.cfg', status: 200, bytes: 1536, ms: 2 },
  { type: 'installer-stage', stage: 'Partitioning', percent: 15 },
  { type: 'line', source: 'installer', line: 'main-menu[1]: INFO: x' },
  { type: 'line', source: 'installer', line: 'anna: E: bad', level: 'error' },
  { type: 'warning', message: 'The disk is small.', hint: 'Take 8G.' },
  { type: 'step-finished', step: 'install', ms: 125_000, after: 115 },
  { type: 'step-started', step: 'test' },
  { type: 'line', source: 'test', line: 'ok 1' },
  { type: 'test', name: 'up', ok: true, ms: 1200 },
  { type: 'step-finished', step: 'test', ms: 3000 },
  { type: 'released', id: 1 },
  {
    type: 'release',
    image: 'web',
    version: 'v1',
    id: 'sha256:aa',
    channel: 'latest',
    path: '/store/web/v1/disk.qcow2',
  },
  { type: 'finished', outcome: 'ok' },
);

/** A build whose installer stopped. */
export const FAILED_BUILD: Stamped[] = stamped(
  { type: 'started', build: 'db-20261119-7', image: 'db', pid: 1 },
  { type: 'step-started', step: 'install' },
  { type: 'finished', outcome: 'failed', failure: { code: 'installer-stopped', message: 'No disk.', step: 'install' } },
);
