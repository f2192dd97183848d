import { pause } from '../pause.ts';
import type { Job } from './job.ts';

/** Packer's `sleep`. */
export async function runSleep(job: Job, sleep: { durationMs: number }): Promise<void> {
  job.note(`Sleeping for ${sleep.durationMs / 1000} s.`);
  await pause(sleep.durationMs, job.signal);
}

/** Packer's `breakpoint`: shows its note and waits for a person. Nobody there: a warning, and on it goes. */
export async function runBreakpoint(job: Job, breakpoint: { note: string; disable: boolean }): Promise<void> {
  if (breakpoint.disable) return job.note(`Breakpoint disabled: ${breakpoint.note}`);
  const { host, port, user } = job.guest.address;
  const message = `Breakpoint: ${breakpoint.note || '(no note)'} (guest: ${user}@${host} port ${port})`;
  if (job.context.ask) {
    await job.context.ask(message, [{ key: 'c', label: 'continue' }]);
    return;
  }
  job.scope.emit({ type: 'warning', message, hint: 'Nobody is here to be asked, so the build goes on.' });
}
