import type { VmSnapshot } from '../../model/vm.ts';
import { topNode } from './checkpoint.ts';
import { watchJob } from './job.ts';
import type { Qmp } from './qmp.ts';

/** Snapshots stand in the machine's own QCOW2 overlay, memory and devices too, and go with it. */
const DISK = 'disk0';

interface NodeWithSnapshots {
  'node-name': string;
  image: {
    snapshots?: { name: string; 'date-sec': number; 'vm-state-size': number }[];
  };
}

/** Oldest first. */
export async function listSnapshots(qmp: Qmp): Promise<VmSnapshot[]> {
  const node = await topNode(qmp, DISK);
  const nodes = (await qmp.execute('query-named-block-nodes', { flat: true })) as NodeWithSnapshots[];
  const found = nodes.find(({ 'node-name': name }) => name === node)?.image.snapshots ?? [];
  return found.map(({ name, 'date-sec': seconds, 'vm-state-size': bytes }) => ({
    name,
    at: new Date(seconds * 1000).toISOString(),
    memoryBytes: bytes,
  }));
}

/** Saves the machine as it runs; it stands still meanwhile. */
export const saveSnapshot = async (qmp: Qmp, name: string): Promise<void> => {
  const node = await topNode(qmp, DISK);
  await work(qmp, 'snapshot-save', { tag: name, vmstate: node, devices: [node] }, 'The snapshot was not taken');
};

/** The machine stands where it stood then, and goes on from there. */
export const loadSnapshot = async (qmp: Qmp, name: string): Promise<void> => {
  const node = await topNode(qmp, DISK);
  await work(qmp, 'snapshot-load', { tag: name, vmstate: node, devices: [node] }, 'The machine did not go back');
};

export const deleteSnapshot = async (qmp: Qmp, name: string): Promise<void> => {
  const devices = [await topNode(qmp, DISK)];
  await work(qmp, 'snapshot-delete', { tag: name, devices }, 'The snapshot was not deleted');
};

async function work(qmp: Qmp, command: string, args: Record<string, unknown>, what: string): Promise<void> {
  const job = `${command}-${Date.now().toString(36)}`;
  const watch = watchJob(qmp, job);
  await qmp.execute(command, { 'job-id': job, ...args });
  await watch.ended(what);
}
