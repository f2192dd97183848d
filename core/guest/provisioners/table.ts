import type { Problem } from '../../model/failure.ts';
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

type Kind = Provisioner['kind'];
type OfKind<K extends Kind> = Extract<Provisioner, { kind: K }>;

/** How one kind of provisioner is run, or why it cannot be. */
type Row<K extends Kind> =
  | { run: (job: Job, provisioner: OfKind<K>) => Promise<void>; needsGuest: boolean }
  | { unsupported: string };

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
};

/** The table's type ties each row to its kind; TypeScript cannot follow that through an index. */
const rowOf = (kind: Kind): Row<Kind> => PROVISIONERS[kind] as Row<Kind>;

/** What keeps these provisioners from being run, all at once, before anything is made. */
export function checkProvisioners(provisioners: Provisioner[]): Problem[] {
  return provisioners.flatMap(({ kind, place }) => {
    const row = rowOf(kind);
    if (!('unsupported' in row)) return [];
    return [
      { code: 'unsupported', severity: 'error', place, message: `The provisioner "${kind}": ${row.unsupported}` },
    ];
  });
}

/** Runs one provisioner once. */
export async function runProvisioner(job: Job, provisioner: Provisioner): Promise<void> {
  const row = rowOf(provisioner.kind);
  if ('unsupported' in row) return;
  await row.run(job, provisioner as never);
}

export const needsGuest = (kind: Kind): boolean => {
  const row = rowOf(kind);
  return 'needsGuest' in row && row.needsGuest;
};
