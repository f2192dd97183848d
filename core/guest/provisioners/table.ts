import type { Provisioner } from '../../model/recipe.ts';
import { runAnsible } from './ansible.ts';
import { runAnsibleLocal } from './ansible-local.ts';
import { runFile } from './file.ts';
import type { Job } from './job.ts';
import { runPowershell } from './powershell.ts';
import { runShell } from './shell.ts';
import { runShellLocal } from './shell-local.ts';
import { runBreakpoint, runSleep } from './waits.ts';
import { runWindowsRestart } from './windows-restart.ts';
import { runWindowsShell } from './windows-shell.ts';
import { runWindowsUpdate } from './windows-update.ts';

type Kind = Provisioner['kind'];
type OfKind<K extends Kind> = Extract<Provisioner, { kind: K }>;

/** How one kind of provisioner is run. */
interface Row<K extends Kind> {
  run: (job: Job, provisioner: OfKind<K>) => Promise<void>;
  needsGuest: boolean;
}

/** Every kind of provisioner a recipe can hold. */
export const PROVISIONERS: { [K in Kind]: Row<K> } = {
  shell: { run: runShell, needsGuest: true },
  file: { run: runFile, needsGuest: true },
  'shell-local': { run: runShellLocal, needsGuest: false },
  ansible: { run: runAnsible, needsGuest: true },
  'ansible-local': { run: runAnsibleLocal, needsGuest: true },
  sleep: { run: runSleep, needsGuest: false },
  breakpoint: { run: runBreakpoint, needsGuest: false },
  powershell: { run: runPowershell, needsGuest: true },
  'windows-shell': { run: runWindowsShell, needsGuest: true },
  'windows-restart': { run: runWindowsRestart, needsGuest: true },
  'windows-update': { run: runWindowsUpdate, needsGuest: true },
};

/** Runs one provisioner once. The table's type ties each row to its kind; TypeScript cannot follow that through an index. */
export async function runProvisioner(job: Job, provisioner: Provisioner): Promise<void> {
  await PROVISIONERS[provisioner.kind].run(job, provisioner as never);
}

export const needsGuest = (kind: Kind): boolean => PROVISIONERS[kind].needsGuest;
