import { GoldsmithError } from '../../model/failure.ts';
import type { Qmp } from './qmp.ts';

/** The last of a job's states, as QEMU tells them (QAPI JobStatus). */
const CONCLUDED = 'concluded';

export interface JobWatch {
  /** Settles when the job is in this state, or has ended. */
  reached(state: 'ready' | 'concluded'): Promise<void>;
  /** Waits for the end and dismisses the job. @throws GoldsmithError `qemu-failed`: `what`, and QEMU's reason */
  ended(what: string): Promise<void>;
}

/** The job's states from now on: what was reached before it is asked for counts too. Watch before you start the job. */
export function watchJob(qmp: Qmp, job: string): JobWatch {
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
  return {
    reached,
    ended: async what => {
      await reached(CONCLUDED);
      const jobs = (await qmp.execute('query-jobs')) as { id: string; error?: string }[];
      const error = jobs.find(({ id }) => id === job)?.error;
      await qmp.execute('job-dismiss', { id: job });
      if (error !== undefined) throw new GoldsmithError('qemu-failed', `${what}: ${error}.`);
    },
  };
}
