import type { Checkpoint, CheckpointInfo } from '../../core/model/checkpoint.ts';
import type { BuildEvent, Stamped } from '../../core/model/event.ts';
import type { Problem } from '../../core/model/failure.ts';
import type { ReleaseInfo } from '../../core/model/image.ts';
import type { LongLivedInfo } from '../../core/model/long-lived.ts';
import type { Manifest } from '../../core/model/manifest.ts';
import type { Plan } from '../../core/model/plan.ts';
import type { RecipeVariable } from '../../core/model/recipe.ts';
import type { VmInfo } from '../../core/model/vm.ts';

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

export const LONG_LIVED: LongLivedInfo = {
  name: 'db',
  image: 'web',
  version: 'v1',
  uri: 'qemu:///session',
  uuid: '5b9fd1c2-7d0a-4a3f-9a53-2f6a3b0e8d11',
  state: 'running',
  createdAt: '2026-11-20T10:00:00.000Z',
  user: 'goldsmith',
};

export const RELEASE: ReleaseInfo = {
  image: 'web',
  version: 'v1',
  id: 'sha256:aa',
  path: '/store/web/v1/disk.qcow2',
  dir: '/store/web/v1',
  format: 'qcow2',
  bytes: 1_500_000_000,
  virtualBytes: 8_589_934_592,
  at: '2026-11-20T10:03:00.000Z',
  channels: ['latest'],
  build: 'web-20261120-1',
};

export const VM: VmInfo = {
  id: 'web-run-1',
  kind: 'run',
  image: 'web',
  version: 'v1',
  pid: 99,
  startedAt: '2026-11-20T11:00:00.000Z',
  ssh: { host: '127.0.0.1', port: 2201, user: 'goldsmith', key: '/k' },
  serialSocket: '/run/serial',
  forwards: [{ host: '127.0.0.1', port: 8080, guestPort: 80 }],
};

export const CHECKPOINT: Checkpoint = {
  id: 'c0ffee01',
  name: 'before the answers',
  by: 'build',
  moment: { step: 'install' },
  at: '2026-11-20T10:01:00.000Z',
  pauseMs: 250,
  memoryBytes: 115_343_360,
};

export const CHECKPOINTS: CheckpointInfo[] = [
  { ...CHECKPOINT, build: 'web-20261120-1', bytes: 120_000_000, isCurrent: false, isGone: false },
  {
    ...CHECKPOINT,
    id: 'c0ffee02',
    name: 'before provisioner 1: shell',
    moment: { step: 'provision', index: 0 },
    parent: 'c0ffee01',
    build: 'web-20261120-1',
    bytes: 130_000_000,
    isCurrent: true,
    isGone: false,
  },
];

export const VARIABLES: RecipeVariable[] = [
  {
    name: 'hostname',
    type: 'string',
    description: 'Name of the guest.',
    hasDefault: true,
    value: 'web',
    sensitive: false,
  },
  { name: 'password', type: 'string', hasDefault: false, value: undefined, sensitive: true },
];

export const MANIFEST: Manifest = {
  schema: 1,
  image: 'web',
  version: 'v1',
  createdAt: '2026-11-20T10:03:00.000Z',
  disks: [],
  files: [],
  inputs: [],
  tools: {},
  timings: [],
  tests: [],
};

export const FAILED_BUILD: Stamped[] = stamped(
  { type: 'started', build: 'db-20261119-7', image: 'db', pid: 1 },
  { type: 'step-started', step: 'install' },
  { type: 'finished', outcome: 'failed', failure: { code: 'installer-stopped', message: 'No disk.', step: 'install' } },
);

export const planOf = (problems: Problem[]): Plan => ({
  image: 'web',
  version: 'v2',
  recipe: '/lab/packer/web.pkr.hcl',
  builder: 'qemu.web',
  root: '/lab',
  source: {
    kind: 'iso',
    urls: ['https://x/a.iso', 'https://y/a.iso'],
    checksum: 'sha256:cc',
    isCached: true,
    fallback: 'debian-13',
  },
  machine: {
    name: 'web',
    arch: 'x86_64',
    type: 'q35',
    accelerator: 'tcg',
    cpuModel: 'max',
    cpus: { count: 2 },
    memoryMiB: 1536,
    firmware: { kind: 'bios' },
    disks: [
      {
        id: 'disk0',
        path: '/d',
        format: 'qcow2',
        interface: 'virtio',
        cache: 'unsafe',
        discard: 'unmap',
        detectZeroes: 'unmap',
      },
    ],
    cdroms: [],
    floppies: [],
    nics: [],
    boot: { kind: 'firmware' },
    serialLog: '/s',
    extraArgs: [],
  },
  acceleratorReason: 'KVM hangs here.',
  qemuArguments: ['qemu-system-x86_64', '-name', 'it is', '-m', '1536'],
  packerSwitches: [
    { name: '-m', values: ['512M'], origin: 'default', replaced: [] },
    { name: '-cpu', values: ['max'], origin: 'recipe', replaced: ['host'] },
  ],
  boot: { kind: 'typed', keys: '<esc>auto<enter>', waitMs: 5000, typing: { events: 12, ms: 1200 } },
  installer: 'debian',
  answers: [{ path: '/preseed.cfg', kind: 'preseed', bytes: 2048 }],
  guest: { communicator: 'ssh', user: 'root', timeoutMs: 300_000 },
  provisioners: [{ kind: 'shell', summary: '3 lines', place: 'web.pkr.hcl:20' }],
  postProcessors: [
    [
      { type: 'checksum', summary: 'checksum_types sha256', place: 'web.pkr.hcl:30', isHandOff: false },
      { type: 'amazon-import', summary: '', isHandOff: true },
    ],
  ],
  outputs: ['output-web/web'],
  seal: [
    { name: 'host-keys', summary: '' },
    { name: 'machine-id', summary: '' },
  ],
  tests: [{ name: 'up', on: 'guest', summary: 'true', timeoutMs: 60_000 }],
  stages: [
    { stage: 'boot', state: 'cached', changed: [] },
    { stage: 'install', state: 'changed', changed: ['answers /preseed.cfg'] },
    { stage: 'release', state: 'after', changed: [] },
  ],
  release: { format: 'qcow2', compress: 'zstd', channel: 'latest' },
  problems,
});
