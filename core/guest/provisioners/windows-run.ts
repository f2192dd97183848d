import { GoldsmithError } from '../../model/failure.ts';
import type { ExecResult } from '../guest.ts';
import { pause } from '../pause.ts';
import type { Job } from './job.ts';

const RETRY_MS = 5000;

export interface WindowsRun {
  /** For messages. */
  script: string;
  command: string;
  startRetryTimeoutMs: number;
  validExitCodes: number[];
}

/**
 * Prepares and starts a script. A guest that goes away before it has started is waited for, up to
 * `start_retry_timeout`; a script that has started runs once.
 */
export async function runRetried(job: Job, run: WindowsRun, prepare: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + run.startRetryTimeoutMs;
  for (;;) {
    const result = await attempt(job, run, prepare).catch(error => {
      const isLost = error instanceof GoldsmithError && error.code === 'guest-unreachable';
      if (!isLost || performance.now() > deadline) throw error;
      return undefined;
    });
    if (result && (result.started || performance.now() > deadline)) return judge(job, run, result);
    await pause(RETRY_MS, job.signal);
    const timeoutMs = Math.max(RETRY_MS, deadline - performance.now());
    await job.guest.reconnect({ timeoutMs, signal: job.signal });
  }
}

async function attempt(job: Job, run: WindowsRun, prepare: () => Promise<void>): Promise<ExecResult> {
  await prepare();
  return job.guest.exec(run.command, { onLine: line => job.line(line), signal: job.signal });
}

async function judge(job: Job, { script, validExitCodes }: WindowsRun, result: ExecResult): Promise<void> {
  if (result.exitCode !== undefined && validExitCodes.includes(result.exitCode)) return;
  if (result.disconnected) await job.guest.checkMachine();
  const name = script.replace(/^the /, 'The '); // a file keeps its name as it is
  const message = result.disconnected
    ? `The connection was lost while ${script} ran.`
    : `${name} ended with ${result.exitCode}.`;
  throw new GoldsmithError('provision-failed', message, {
    hint: result.disconnected ? 'Restart Windows with a windows-restart provisioner.' : undefined,
    details: result.exitCode === undefined ? {} : { exitCode: result.exitCode },
  });
}
