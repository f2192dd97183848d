import { describeNode, topNode } from './checkpoint.ts';
import { watchJob } from './job.ts';
import type { Qmp } from './qmp.ts';

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
  await states.reached('ready');
  await qmp.execute('job-complete', { id: job });
  await states.ended(`The disk ${disk} could not be copied`);
}
