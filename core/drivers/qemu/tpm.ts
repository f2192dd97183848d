import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope } from '../../build/scope.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Tpm } from '../../model/machine.ts';
import { startHypervisor } from './process.ts';

const POLLS = 250;
const POLL_MS = 20;

/** Starts swtpm for one machine. Its state lives in the runtime folder and goes with it, as Packer's does. */
export async function startTpm(
  scope: Scope,
  tpm: Tpm,
  socket: string,
  runtimeDir: string,
  diesWithUs: boolean,
): Promise<void> {
  const stateDir = path.join(runtimeDir, 'tpm-state');
  const pidFile = path.join(runtimeDir, 'swtpm.pid');
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const args = ['socket', '--tpmstate', `dir=${stateDir}`, '--ctrl', `type=unixio,path=${socket}`, '--terminate'];
  const swtpm = await scope.hold({ kind: 'process', pidFile, mark: socket }, () =>
    startHypervisor('swtpm', tpm.version === '2.0' ? [...args, '--tpm2'] : args, {
      pidFile,
      logFile: path.join(runtimeDir, 'swtpm.log'),
      diesWithUs,
    }),
  );
  let exit: { lastLines: string[] } | undefined;
  swtpm.exited.then(value => {
    exit = value;
  });
  for (let poll = 0; poll < POLLS && !exit; poll++) {
    if (existsSync(socket)) return;
    await sleep(POLL_MS, undefined, { signal: scope.signal });
  }
  throw new GoldsmithError(
    'qemu-failed',
    `swtpm did not start: ${exit?.lastLines.at(-1) ?? 'its socket never appeared'}`,
  );
}
