import { formatBytes } from '../../core/model/quantity.ts';
import { call } from '../link/engine.ts';
import { confirm, tell, tellFailure } from './ask.ts';
import { refresh, useLab } from './lab.ts';
import { go } from './route.ts';

/** Opens the recipe of a build with the variables it was built with: for another try, wherever its lab is. */
export async function openAgain(build: string): Promise<void> {
  const reply = await call('build.origin', { build });
  if (!reply.ok) return tellFailure(reply.failure);
  const { target, folder } = reply.value;
  const isHere = folder === useLab.getState().about?.folder;
  go(['new', target], { ...(isHere ? {} : { folder }), like: build });
}

/** Asks, then ends a build; everything it took is given back. */
export async function cancelBuild(build: string): Promise<void> {
  const isWanted = await confirm({
    title: 'Cancel this build?',
    text: `${build} is stopped, its machine ends and its working disk is removed. Journal and logs stay.`,
    confirm: 'Cancel the build',
    dismiss: 'Let it run',
    isDanger: true,
  });
  if (!isWanted) return;
  const reply = await call('build.cancel', { build });
  if (!reply.ok) tellFailure(reply.failure);
  else if (!reply.value.wasRunning) tell({ variant: 'info', title: 'The build had ended already.' });
}

/** Asks, then removes a finished build, or a kept machine with its build. @returns whether it is gone */
export async function discardBuild(build: string, isMachineKept: boolean): Promise<boolean> {
  const isWanted = await confirm({
    title: isMachineKept ? 'Discard the kept machine?' : 'Remove this build?',
    text: isMachineKept
      ? `The machine of ${build} ends, and its disk, journal, logs and pictures are removed.`
      : `Journal, logs and pictures of ${build} are removed. A release that it made stays.`,
    confirm: isMachineKept ? 'Discard' : 'Remove',
    isDanger: true,
  });
  if (!isWanted) return false;
  const reply = await call('build.remove', { build });
  if (!reply.ok) tellFailure(reply.failure);
  else
    tell({
      variant: 'success',
      title: `Removed ${build}`,
      text: `${formatBytes(reply.value.freedBytes)} are free again.`,
    });
  void refresh.vms();
  return reply.ok;
}

/** Asks, then ends a test machine with its throwaway disk. */
export async function stopMachine(id: string): Promise<boolean> {
  const isWanted = await confirm({
    title: 'Discard this machine?',
    text: `${id} ends, and everything that was changed in it is lost. The release it came from is untouched.`,
    confirm: 'Discard',
    isDanger: true,
  });
  if (!isWanted) return false;
  const reply = await call('vm.stop', { id });
  if (!reply.ok) tellFailure(reply.failure);
  void refresh.vms();
  return reply.ok;
}
