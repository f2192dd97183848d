import type { Checkpoint, CheckpointInfo } from '../../core/model/checkpoint.ts';
import type { ReleaseInfo } from '../../core/model/image.ts';
import type { LongLivedInfo } from '../../core/model/long-lived.ts';
import type { Manifest } from '../../core/model/manifest.ts';
import type { RecipeVariable } from '../../core/model/recipe.ts';
import type { VmInfo } from '../../core/model/vm.ts';

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
  { name: 'layout', type: 'string', hasDefault: true, value: 'plain', sensitive: false, choices: ['plain', 'lvm'] },
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
