import { GoldsmithError } from '../../model/failure.ts';
import type { Provisioner } from '../../model/recipe.ts';
import { pause } from '../pause.ts';
import { powershell, psQuote } from '../winrm/powershell.ts';
import type { Job } from './job.ts';

type WindowsRestart = Extract<Provisioner, { kind: 'windows-restart' }>;

const CHECK_MS = 3000;
const COMMAND_TIMEOUT_MS = 60_000;

/** Packer's `windows-restart`: restarts Windows and waits until it is up again, answers, and has nothing pending. */
export async function runWindowsRestart(job: Job, restart: WindowsRestart): Promise<void> {
  const deadline = performance.now() + restart.restartTimeoutMs;
  const left = (): number => Math.max(CHECK_MS, deadline - performance.now());
  const result = await job.guest.exec(restart.restartCommand, { signal: job.signal, timeoutMs: COMMAND_TIMEOUT_MS });
  if (result.exitCode !== undefined && result.exitCode !== 0) throw notRestarted(restart, result.exitCode);
  const { rebooted } = await job.guest.afterRestart({ timeoutMs: left(), signal: job.signal });
  if (rebooted === false) throw notRestarted(restart, 0);
  job.note('Windows has restarted; logged in again.');
  if (restart.checkCommand !== undefined) await until(job, restart.checkCommand, left());
  if (restart.checkRegistry) await until(job, powershell(nothingPending(restart.registryKeys)), left());
}

/** Runs a command until it succeeds. */
async function until(job: Job, command: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await job.guest.exec(command, {
      onLine: line => job.line(line),
      signal: job.signal,
      timeoutMs: COMMAND_TIMEOUT_MS,
    });
    if (result.exitCode === 0) return;
    if (performance.now() > deadline) {
      throw new GoldsmithError('timed-out', `Windows was not ready ${timeoutMs / 1000} s after its restart.`, {
        hint: 'Raise restart_timeout, or look at restart_check_command.',
      });
    }
    if (result.disconnected) await job.guest.reconnect({ timeoutMs: CHECK_MS * 12, signal: job.signal });
    await pause(CHECK_MS, job.signal);
  }
}

const nothingPending = (keys: string[]): string =>
  `foreach ($key in ${keys.map(psQuote).join(',')}) { if (Test-Path $key) { Write-Output "pending: $key"; exit 1 } }; exit 0`;

const notRestarted = ({ restartCommand }: WindowsRestart, exitCode: number): GoldsmithError =>
  new GoldsmithError('provision-failed', `"${restartCommand}" did not restart Windows.`, {
    hint: 'Raise restart_timeout if it was only slow.',
    details: { exitCode },
  });
