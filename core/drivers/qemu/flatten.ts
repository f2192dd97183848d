import { GoldsmithError } from '../../model/failure.ts';
import { describeNode, topNode } from './checkpoint.ts';
import type { Qmp } from './qmp.ts';

/** A job's state, as QEMU tells it (QAPI JobStatus). */
const READY = 'ready';
const CONCLUDED = 'concluded';

/**
 * Copies what a disk holds into a raw file while the guest runs, and lets the guest go on with that file alone: what
 * was deleted in the layers below is no longer there, and each trimmed byte becomes a zero.
 * @throws GoldsmithError `qemu-failed`; the guest runs on as before
 */
export async function flattenDisk(qmp: Qmp, disk: string, file: string): Promise<void> {
  const node = await topNode(qmp, disk);
  const { cache, detect_zeroes: detectZeroes } = await describeNode(qmp, node);
  const job = `flatten-${disk}`;
  const target = `${disk}-flat`;
  const common = { cache: { direct: cache.direct, 'no-flush': cache['no-flush'] }, discard: 'unmap' };
  await qmp.execute('blockdev-add', {
    driver: 'raw',
    'node-name': target,
    'detect-zeroes': detectZeroes,
    ...common,
    file: { driver: 'file', filename: file, ...common },
  });
  const states = watchJob(qmp, job);
  await qmp.execute('blockdev-mirror', { 'job-id': job, device: node, target, sync: 'full', 'auto-dismiss': false });
  await states.reached(READY);
  await qmp.execute('job-complete', { id: job });
  await states.reached(CONCLUDED);
  const jobs = (await qmp.execute('query-jobs')) as { id: string; error?: string }[];
  const error = jobs.find(({ id }) => id === job)?.error;
  await qmp.execute('job-dismiss', { id: job });
  if (error !== undefined) throw new GoldsmithError('qemu-failed', `The disk ${disk} could not be copied: ${error}.`);
}

/** The job's states from now on: what was reached before it is asked for counts too. */
function watchJob(qmp: Qmp, job: string): { reached(state: string): Promise<void> } {
  const seen = new Set<string>();
  let check: () => void = () => {};
  const stop = qmp.onEvent(({ event, data }) => {
    if (event !== 'JOB_STATUS_CHANGE' || data?.['id'] !== job) return;
    seen.add(String(data['status']));
    check();
  });
  const reached = (state: string): Promise<void> =>
    new Promise((resolve, reject) => {
      check = () => {
        if (!seen.has(state) && !seen.has(CONCLUDED)) return;
        if (seen.has(CONCLUDED)) stop();
        resolve();
      };
      void qmp.closed.then(() => reject(new GoldsmithError('qemu-failed', 'The virtual machine is gone.')));
      check();
    });
  return { reached };
}
