import path from 'node:path';
import { Qmp } from '../drivers/qemu/qmp.ts';
import { deleteSnapshot, listSnapshots, loadSnapshot, saveSnapshot } from '../drivers/qemu/snapshots.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { VmSnapshot } from '../model/vm.ts';
import type { EngineDeps } from './deps.ts';
import { livingVm } from './vms.ts';

const CONNECT_MS = 5000;

/** The snapshots of one machine, whoever runs it. */
interface Snapshots {
  list(): Promise<VmSnapshot[]>;
  save(name: string): Promise<void>;
  load(name: string): Promise<void>;
  delete(name: string): Promise<void>;
  close(): unknown;
}

export type SnapshotWork = Exclude<keyof Snapshots, 'close'>;

/**
 * Works on the snapshots of a test machine.
 * @throws GoldsmithError `not-found`, `exists`, `busy` for a machine that a terminal holds
 */
export async function workOnSnapshots(
  deps: EngineDeps,
  vm: string,
  work: SnapshotWork,
  name: string,
): Promise<VmSnapshot[]> {
  const { id, kind } = await livingVm(deps, vm);
  if (kind !== 'run' || deps.vms.state(id).kept === undefined) {
    throw new GoldsmithError('busy', `${id} belongs to another process: it cannot be saved from here.`, {
      hint: 'Snapshots are for machines that were started with goldsmith run --keep, or from the app.',
    });
  }
  const snapshots = await openSnapshots(deps, id);
  try {
    const all = await snapshots.list();
    check(work, name, all);
    if (work === 'list') return all;
    await snapshots[work](name);
    return await snapshots.list();
  } finally {
    await snapshots.close();
  }
}

async function openSnapshots(deps: EngineDeps, id: string): Promise<Snapshots> {
  const domain = deps.vms.state(id).held.find(({ resource }) => resource.kind === 'domain')?.resource;
  if (domain?.kind === 'domain') return (await import('../drivers/libvirt/snapshots.ts')).openSnapshots(domain);
  const qmp = await Qmp.connect(path.join(deps.home.runtime, id, 'qmp'), AbortSignal.timeout(CONNECT_MS));
  return {
    list: () => listSnapshots(qmp),
    save: name => saveSnapshot(qmp, name),
    load: name => loadSnapshot(qmp, name),
    delete: name => deleteSnapshot(qmp, name),
    close: () => qmp.close(),
  };
}

function check(work: SnapshotWork, name: string, all: VmSnapshot[]): void {
  const isThere = all.some(snapshot => snapshot.name === name);
  if (work === 'save' && isThere) {
    throw new GoldsmithError('exists', `There is a snapshot "${name}" already.`, { hint: 'Choose another name.' });
  }
  if ((work === 'load' || work === 'delete') && !isThere) {
    const names = all.map(snapshot => snapshot.name).join(', ');
    throw new GoldsmithError('not-found', `There is no snapshot "${name}".`, {
      hint: names === '' ? 'None was taken yet.' : `There are: ${names}.`,
    });
  }
}
