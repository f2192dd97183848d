import path from 'node:path';
import { Qmp } from '../drivers/qemu/qmp.ts';
import { deleteSnapshot, listSnapshots, loadSnapshot, saveSnapshot } from '../drivers/qemu/snapshots.ts';
import type { VmSnapshot } from '../model/engine.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { EngineDeps } from './deps.ts';
import { livingVm } from './vms.ts';

const CONNECT_MS = 5000;

/** What can be done with a kept machine's snapshots; each returns those that there are afterwards. */
const WORK = {
  list: async () => {},
  save: saveSnapshot,
  load: loadSnapshot,
  delete: deleteSnapshot,
} as const satisfies Record<string, (qmp: Qmp, name: string) => Promise<void>>;

export type SnapshotWork = keyof typeof WORK;

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
  const qmp = await Qmp.connect(path.join(deps.home.runtime, id, 'qmp'), AbortSignal.timeout(CONNECT_MS));
  try {
    check(work, name, await listSnapshots(qmp));
    await WORK[work](qmp, name);
    return await listSnapshots(qmp);
  } finally {
    qmp.close();
  }
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
