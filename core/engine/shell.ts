import { readFile } from 'node:fs/promises';
import { buildFiles } from '../build/context.ts';
import { INSTALLERS } from '../installer/installers.ts';
import type { ShellWay } from '../model/engine.ts';
import { isBeforeLogin } from '../model/fold.ts';
import type { VmInfo } from '../model/vm.ts';
import type { EngineDeps } from './deps.ts';
import { installerShell } from './rewind.ts';

/** A shell in a living machine. @throws GoldsmithError `unsupported`, `busy` */
export async function shellWay(deps: EngineDeps, vm: VmInfo, sshArguments: string[]): Promise<ShellWay> {
  if (vm.kind === 'run' || !isBeforeLogin(deps.builds.state(vm.id))) return { via: 'ssh', argv: sshArguments };
  const { serialLog } = buildFiles(deps.builds.dir(vm.id));
  // Of a machine that was kept nobody is left who could type on its screen.
  const keys = vm.kind === 'build' ? await installerShell(deps, vm.id) : await keysOnSerial(serialLog);
  return { via: 'console', serialSocket: vm.serialSocket ?? '', serialLog, keys };
}

/** What brings the installer's shell to the serial console, where the installer itself is there. */
async function keysOnSerial(serialLog: string): Promise<string> {
  const serial = await readFile(serialLog, 'latin1').catch(() => '');
  const ways = Object.values(INSTALLERS).map(({ shell }) => shell?.onSerial);
  return ways.find(way => way?.shows.test(serial))?.keys ?? '';
}
