import type { Vm } from '../../drivers/driver.ts';
import type { Guest } from '../../guest/guest.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { BuildContext } from '../context.ts';
import { within } from '../guard.ts';
import type { Scope } from '../scope.ts';

const COMMAND_TIMEOUT_MS = 60_000;

/** How long a guest that was told nothing may take to answer the power button. */
const BUTTON_TIMEOUT_MS = 120_000;

/**
 * Ends the guest as the recipe says; without a `shutdown_command` the power button is pressed. Packer kills QEMU in
 * that case, which loses what the guest had not written yet; we do so only when the guest does not answer.
 */
export async function shutDown(scope: Scope, context: BuildContext, vm: Vm, guest: Guest): Promise<void> {
  const { shutdownCommand, shutdownTimeoutMs } = context.target.builder.source;
  const timeoutMs = context.target.image.timeouts.shutdownMs ?? shutdownTimeoutMs;
  if (shutdownCommand === '') await pressPowerButton(scope, vm, guest, Math.min(timeoutMs, BUTTON_TIMEOUT_MS));
  else {
    await guest
      .exec(shutdownCommand, { timeoutMs: COMMAND_TIMEOUT_MS, signal: scope.signal })
      .catch(error => scope.emit({ type: 'warning', message: `The shutdown command did not end: ${error.message}` }));
  }
  const exit = await within(timeoutMs, 'Shutting the guest down', vm.exited);
  await guest.close();
  if (exit.isExpected) return;
  throw new GoldsmithError('qemu-failed', `The virtual machine died while it shut down: ${exit.reason}.`, {
    details: { lastLines: exit.lastLines },
  });
}

async function pressPowerButton(scope: Scope, vm: Vm, guest: Guest, timeoutMs: number): Promise<void> {
  await guest.exec('sync', { timeoutMs: COMMAND_TIMEOUT_MS, signal: scope.signal }).catch(() => undefined);
  await vm.powerButton();
  const isOff = await within(timeoutMs, 'Shutting the guest down', vm.exited).then(
    () => true,
    () => false,
  );
  if (isOff) return;
  scope.emit({
    type: 'warning',
    message: `The guest did not answer the power button within ${timeoutMs / 1000} s and is ended as it stands.`,
    hint: 'Give the recipe a shutdown_command.',
  });
  await vm.destroy();
}
