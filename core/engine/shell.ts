import { buildFiles } from '../build/context.ts';
import type { ShellWay } from '../model/engine.ts';
import type { StepName } from '../model/event.ts';
import type { VmInfo } from '../model/vm.ts';
import type { EngineDeps } from './deps.ts';
import { installerShell } from './rewind.ts';

/** While they run, nobody can log in to the guest. */
const BEFORE_LOGIN: ReadonlySet<StepName | undefined> = new Set<StepName>(['boot', 'install', 'connect']);

/** A shell in a living machine. @throws GoldsmithError `unsupported`, `busy` */
export async function shellWay(deps: EngineDeps, vm: VmInfo, sshArguments: string[]): Promise<ShellWay> {
  const isBefore = vm.kind === 'build' && BEFORE_LOGIN.has(deps.builds.state(vm.id).step);
  if (!isBefore) return { via: 'ssh', argv: sshArguments };
  const { serialLog } = buildFiles(deps.builds.dir(vm.id));
  const keys = await installerShell(deps, vm.id);
  return { via: 'console', serialSocket: vm.serialSocket ?? '', serialLog, keys };
}
