import { create } from 'zustand';
import type { Failure } from '../../core/model/failure.ts';
import type { ImageInfo } from '../../core/model/image.ts';
import type { TargetInfo } from '../../core/model/plan.ts';
import type { VmInfo } from '../../core/model/vm.ts';
import type { About, BuildSummary } from '../../electron/ipc/contract.ts';
import { call, onTidings, useConnection } from '../link/engine.ts';

/** What the whole app knows of the lab. Undefined: not asked yet. */
export interface LabState {
  about: About | undefined;
  builds: BuildSummary[] | undefined;
  images: ImageInfo[] | undefined;
  targets: TargetInfo[] | undefined;
  vms: VmInfo[] | undefined;
  failure: Failure | undefined;
}

export const useLab = create<LabState>(() => ({
  about: undefined,
  builds: undefined,
  images: undefined,
  targets: undefined,
  vms: undefined,
  failure: undefined,
}));

/** One read under way and at most one more waiting: an older answer never lands after a newer one. */
function reader(read: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let again: Promise<void> | undefined;
  const start = (): Promise<void> => {
    running = read().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (!running) return start();
    again ??= running.then(() => {
      again = undefined;
      return start();
    });
    return again;
  };
}

const readOf = <K extends 'about' | 'images' | 'targets' | 'vms' | 'builds'>(name: K): (() => Promise<void>) =>
  reader(async () => {
    const reply = await call<'about' | 'images' | 'targets' | 'vms' | 'builds'>(name, {});
    if (reply.ok) useLab.setState({ [name]: reply.value } as Pick<LabState, K>);
    else useLab.setState({ failure: reply.failure });
  });

export const refresh = {
  about: readOf('about'),
  images: readOf('images'),
  targets: readOf('targets'),
  vms: readOf('vms'),
  builds: readOf('builds'),
};

/** Newest first. */
const byStart = (a: BuildSummary, b: BuildSummary): number => (a.startedAt < b.startedAt ? 1 : -1);

onTidings('builds', ({ changed, gone }) => {
  const ids = new Set([...gone, ...changed.map(({ id }) => id)]);
  const others = (useLab.getState().builds ?? []).filter(({ id }) => !ids.has(id));
  useLab.setState({ builds: [...changed, ...others].sort(byStart) });
});

onTidings('changed', ({ what }) => {
  if (what !== 'exports') void refresh[what]();
});

/** After each new connection everything is read anew: what was missed meanwhile is in it. */
useConnection.subscribe((now, before) => {
  if (now.epoch === before.epoch) return;
  for (const read of Object.values(refresh)) void read();
});
