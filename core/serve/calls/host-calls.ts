import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type { StorageInfo } from '../../../electron/ipc/contract.ts';
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
  clean: async ({ dryRun, all, olderThanMs }, { host }) =>
    (await host.engine()).clean({ dryRun, all, ...(olderThanMs === undefined ? {} : { olderThanMs }) }),
};

async function storage(host: Host): Promise<StorageInfo> {
  const { home } = host;
  const root = path.dirname(home.store);
  const kinds = [
    { kind: 'releases', what: 'Releases and candidates', path: home.store, canClean: false },
    { kind: 'builds', what: 'Builds: journals, logs, films', path: home.builds, canClean: true },
    { kind: 'vms', what: 'Test machines', path: home.vms, canClean: false },
    { kind: 'cache', what: 'Caches: ISOs, packages, probes', path: home.cache, canClean: true },
    { kind: 'exports', what: 'Exports in the usual place', path: path.join(root, 'exports'), canClean: false },
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
