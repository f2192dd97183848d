import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { GoldsmithError } from '../../model/failure.ts';
import { withSshProgram } from './ssh-program.ts';

/** Reads until we are gone, then ends the machine, which comes only moments later if we died while it was made. */
const SCRIPT = `command -v virsh >/dev/null || exit
echo ready
cat >/dev/null
for try in $(seq 120); do virsh -q -c "$3" destroy "$2" >/dev/null 2>&1 && exit; sleep 0.5; done`;

/**
 * Ends a machine when this process ends, however that comes: libvirt's own way (AUTODESTROY) is not there for one that
 * goes on from a saved memory. A shell whose input is ours, apart from our terminal so that Ctrl-C does not reach it.
 * @returns its undo, for once the machine has ended @throws GoldsmithError `host-lacks`
 */
export async function endWithUs(uri: string, uuid: string): Promise<{ close(): void }> {
  const keeper = spawn('sh', ['-c', SCRIPT, 'goldsmith-keeper', uri, uuid, await withSshProgram(uri)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const isReady = await Promise.race([
    once(keeper.stdout, 'data').then(() => true),
    once(keeper, 'exit').then(() => false),
  ]);
  if (!isReady) throw noVirsh();
  keeper.stdin.on('error', () => {}); // nothing is ever written
  keeper.stdout.destroy();
  // The machine is waited for, not this.
  keeper.unref();
  (keeper.stdin as { unref?(): void }).unref?.();
  return { close: () => endGroup(keeper) };
}

/** With what it has started. */
function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
}

const noVirsh = (): GoldsmithError =>
  new GoldsmithError('host-lacks', 'virsh is not installed: a machine that goes on from a checkpoint needs it.', {
    hint: 'Install libvirt-clients (Fedora: libvirt-client).',
  });
