import { readFile } from 'node:fs/promises';
import { GoldsmithError } from '../model/failure.ts';
import type { EngineDeps } from './deps.ts';

/**
 * Interrupts the process that runs a build, as Ctrl-C in its terminal would: it gives everything back and ends its
 * journal. The build's lock says that the process still runs it, so a number that was used again is never signalled.
 */
export async function cancelBuild(deps: EngineDeps, id: string): Promise<{ wasRunning: boolean }> {
  const { pid, outcome } = deps.builds.state(id);
  if (outcome !== 'running' || pid === undefined || !(await deps.builds.isHeld(id))) return { wasRunning: false };
  if (pid === process.pid) {
    throw new GoldsmithError('busy', 'This build runs in this very process, which has its own way to end it.');
  }
  if ((await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) === '') return { wasRunning: false };
  process.kill(pid, 'SIGINT');
  return { wasRunning: true };
}
