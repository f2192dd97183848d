import type { Vm } from '../../drivers/driver.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { BuildContext } from '../context.ts';
import { deathOf, type Guard, within } from '../guard.ts';
import type { Scope } from '../scope.ts';
import { HOST_KEY_FILE, type Served } from './answers.ts';

/** The answers are a matter of minutes even under emulation; after this a person should look. */
const ANSWERS_WARNING_MS = 180_000;

/** How an installation ended: by a reboot into what it installed, or by powering the machine off. */
export type InstallEnd = 'rebooted' | 'powered-off';

/**
 * Waits until the installer is done. Without an installer that we know to end so, there is nothing to wait for here:
 * the patience is in logging in.
 */
export async function waitForInstall(
  scope: Scope,
  context: BuildContext,
  vm: Vm,
  guard: Guard,
  served: Served,
): Promise<InstallEnd> {
  const { image, builder } = context.target;
  const { timeouts } = image;
  // Without a way to log in, the guest's own power-off is the end, and `shutdown_timeout` is for all of it.
  const isAlone = builder.source.communicator.kind === 'none';
  const limitMs = timeouts.installMs ?? (isAlone ? builder.source.shutdownTimeoutMs : undefined);
  const stopTelling = tellAboutAnswers(scope, served, timeouts.answersMs ?? ANSWERS_WARNING_MS);
  try {
    return await within(limitMs, 'The installation', guard.during(endOf(vm, !isAlone)));
  } finally {
    stopTelling();
  }
}

/** The guest's own reset or power-off; a machine started with a kernel ends at either (machine/boot.ts). */
function endOf(vm: Vm, isResetAnEnd: boolean): Promise<InstallEnd> {
  return new Promise((resolve, reject) => {
    let last: InstallEnd | undefined;
    const stop = vm.onEvent(event => {
      if (event.type === 'powered-off') last = 'powered-off';
      if (event.type !== 'reset' || !isResetAnEnd) return;
      last = 'rebooted';
      stop();
      resolve('rebooted');
    });
    void vm.exited.then(exit => {
      if (exit.isExpected && last) resolve(last);
      else if (exit.isUnseen) reject(deathOf(exit));
      else
        reject(
          new GoldsmithError('qemu-failed', `The virtual machine died: ${exit.reason}.`, {
            details: { lastLines: exit.lastLines },
          }),
        );
    });
  });
}

/** One line when the answers were fetched, and one when they were not. */
function tellAboutAnswers(scope: Scope, served: Served, limitMs: number): () => void {
  const timer = setTimeout(() => {
    scope.emit({
      type: 'warning',
      message: `The installer has fetched none of its answers within ${Math.round(limitMs / 1000)} s.`,
      hint: 'Look at the screen: the boot command may not have reached the boot loader, or the guest has no network.',
    });
  }, limitMs);
  void served.server.whenFetched().then(path => {
    clearTimeout(timer);
    scope.emit({ type: 'note', message: `The installer fetched its answers (${path}).` });
  });
  return () => clearTimeout(timer);
}

/** Whether the guest took the host key that we made for it, so that exactly that one can be expected. */
export const tookHostKey = (served: Served): boolean => (served.server.fetched.get(HOST_KEY_FILE) ?? 0) > 0;
