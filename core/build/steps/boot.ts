import path from 'node:path';
import { parseBootCommand } from '../../boot/command.ts';
import { renderBootCommand } from '../../boot/variables.ts';
import type { Vm } from '../../drivers/driver.ts';
import { extractFromIso } from '../../media/iso.ts';
import type { Machine } from '../../model/machine.ts';
import type { BuildContext } from '../context.ts';
import type { Guard } from '../guard.ts';
import type { Scope } from '../scope.ts';
import { kernelLine, type Served } from './answers.ts';
import { isSynced, typeInStep, waitToType } from './boot-sync.ts';
import type { Source } from './source.ts';

/**
 * The machine as it boots for the installation: with a kernel out of the ISO, or as its firmware finds it.
 * @param mediaDir kernel and initrd are put there: where the machine's disks are
 */
export async function installMachine(
  context: BuildContext,
  machine: Machine,
  source: Source,
  served: Served,
  mediaDir = context.workDir,
): Promise<Machine> {
  const { boot } = context.target.image;
  if (boot.kind === 'typed') return machine;
  const kernel = path.join(mediaDir, 'kernel');
  const initrd = path.join(mediaDir, 'initrd');
  await extractFromIso(source.path, boot.kernel, kernel);
  await extractFromIso(source.path, boot.initrd, initrd);
  return {
    ...machine,
    boot: {
      kind: 'direct',
      kernel,
      initrd,
      append: served.proxyArguments + renderBootCommand([kernelLine(context.target)], served.variables),
    },
  };
}

/** Starts a machine, or goes on with one whose memory was saved, and tells how to look at it. */
export async function startMachine(
  scope: Scope,
  context: BuildContext,
  machine: Machine,
  runtimeName: string,
  memory?: string,
): Promise<Vm> {
  const runtimeDir = path.join(context.runtimeDir, runtimeName);
  const vm = await context.driver.start(scope, machine, runtimeDir, memory);
  const forward = sshForward(context, vm);
  const definition = context.driver.definition?.(machine, runtimeDir);
  scope.emit({
    type: 'machine',
    command: context.driver.describe(machine, runtimeDir),
    ...(definition === undefined ? {} : { definition }),
    vnc: vm.vncSocket,
    serial: vm.serialSocket,
    ...(forward ? { ssh: { ...forward, ...loginName(context) } } : {}),
  });
  return vm;
}

/** As whom the build logs in, and so may a person. */
function loginName({ target: { image, builder } }: BuildContext): { user?: string } {
  const { communicator } = builder.source;
  const user = image.ssh.user ?? (communicator.kind === 'none' ? undefined : communicator.username);
  return user === undefined ? {} : { user };
}

export const sshForward = (context: BuildContext, vm: Vm) => {
  const { communicator } = context.target.builder.source;
  return communicator.kind === 'none' ? undefined : vm.forward(communicator.port);
};

/** Waits as the recipe says, then types its boot command, each described step on its own. */
export async function typeBootCommand(
  scope: Scope,
  context: BuildContext,
  vm: Vm,
  guard: Guard,
  served: Served,
): Promise<void> {
  const { image, builder } = context.target;
  const { bootCommand, bootSteps, bootWaitMs, bootKeyIntervalMs } = builder.source;
  if (image.boot.kind === 'direct' || (bootCommand.length === 0 && bootSteps.length === 0)) return;
  const keyboard = image.keyboard === undefined ? {} : { keyboard: image.keyboard };
  const typing = { keyIntervalMs: bootKeyIntervalMs, signal: scope.signal };
  const isInStep = isSynced(image);
  await guard.during(
    isInStep ? waitToType(scope, vm, image, bootWaitMs) : vm.typeKeys([{ kind: 'wait', ms: bootWaitMs }], typing),
  );
  const steps = bootSteps.length > 0 ? bootSteps : [[bootCommand.join(''), ''] as const];
  for (const [command, description] of steps) {
    if (description) scope.emit({ type: 'note', message: `Typing: ${description}` });
    const keys = parseBootCommand(renderBootCommand([command], served.variables), keyboard);
    await guard.during(image.bootSync ? typeInStep(vm, keys, typing) : vm.typeKeys(keys, typing));
  }
  scope.emit({ type: 'note', message: 'The boot command is typed.' });
}
