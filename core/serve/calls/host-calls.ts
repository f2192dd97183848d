import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type { ParsedArguments, StorageInfo } from '../../../electron/ipc/contract.ts';
import type { Engine } from '../../model/engine.ts';
import type { Removal } from '../../model/image.ts';
import { findLab } from '../../recipe/lab.ts';
import { allocatedBytes } from '../../store/candidates.ts';
import type { Host } from '../host.ts';
import type { HandlersOf } from './context.ts';

export const HOST_CALLS: HandlersOf<'about' | 'doctor' | 'storage' | 'clean'> = {
  about: async (_args, { host }) => {
    const lab = await findLab(host.options.folder);
    return {
      version: host.options.version,
      folder: host.options.folder,
      ...(lab === undefined ? {} : { lab }),
      home: path.dirname(host.home.store),
      host: hostname(),
      face: host.options.face,
    };
  },
  doctor: async ({ refresh }, { host, watch }) => (await host.engine()).doctor({ refresh }, watch),
  storage: (_args, { host }) => storage(host),
  clean: async ({ dryRun, what, olderThanMs = 0 }, { host }) =>
    CLEANERS[what](await host.engine(), { dryRun, olderThanMs }),
};

type Cleaner = (engine: Engine, options: { dryRun: boolean; olderThanMs: number }) => Promise<Removal[]>;

/** What each clean-up takes; all say the same with `dryRun`, and remove nothing. */
const CLEANERS: Record<ParsedArguments<'clean'>['what'], Cleaner> = {
  leftovers: (engine, { dryRun }) => engine.clean({ dryRun, all: false }),
  builds: (engine, options) => engine.clean({ ...options, all: false }),
  stages: async (engine, { dryRun }) => (dryRun ? unusedStages(engine) : engine.removeStages(undefined)),
  caches: (engine, { dryRun }) => engine.clean({ dryRun, all: true }),
};

const unusedStages = async (engine: Engine): Promise<Removal[]> =>
  (await engine.stages()).layers
    .filter(({ isInUse }) => !isInUse)
    .map(({ id, bytes, image }) => ({ kind: 'stage', name: id, freedBytes: bytes, reason: image }));

async function storage(host: Host): Promise<StorageInfo> {
  const { home } = host;
  const root = path.dirname(home.store);
  const kinds = [
    { kind: 'releases', what: 'Releases and candidates', path: home.store },
    { kind: 'builds', what: 'Builds: journals, logs, films', path: home.builds },
    { kind: 'vms', what: 'Test machines', path: home.vms },
    { kind: 'stages', what: 'Checkpoints, and stages that later builds begin from', path: home.stages },
    { kind: 'machines', what: 'Machines that live in a libvirt', path: home.machines },
    { kind: 'cache', what: 'Caches: ISOs, packages, probes', path: home.cache },
    { kind: 'exports', what: 'Exports in the usual place', path: path.join(root, 'exports') },
    { kind: 'films', what: 'Films that were saved as files', path: path.join(root, 'films') },
  ];
  const sizes = await Promise.all(kinds.map(kind => allocatedBytes(kind.path)));
  const { bsize, bavail, blocks } = await statfs(root);
  return {
    home: root,
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    kinds: kinds.map((kind, index) => ({ ...kind, bytes: sizes[index] ?? 0 })),
  };
}
