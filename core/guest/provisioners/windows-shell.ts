import { readFile } from 'node:fs/promises';
import { GoldsmithError } from '../../model/failure.ts';
import type { WindowsShellProvisioner } from '../../model/recipe.ts';
import { fillTemplate } from '../fill-template.ts';
import type { Job } from './job.ts';
import { runRetried } from './windows-run.ts';

/** Packer's `windows-shell`: batch files, run by cmd.exe with the environment set in front of them. */
export async function runWindowsShell(job: Job, provisioner: WindowsShellProvisioner): Promise<void> {
  for (const { name, body } of await scriptsOf(job, provisioner)) {
    const fields = { Vars: variablesOf(job, provisioner), Path: provisioner.remotePath };
    const command = fillTemplate(provisioner.executeCommand, fields);
    await runRetried(job, { ...provisioner, script: name, command }, () =>
      job.guest.uploadText(body, provisioner.remotePath, { signal: job.signal }),
    );
  }
}

async function scriptsOf(
  job: Job,
  { inline, scripts }: WindowsShellProvisioner,
): Promise<{ name: string; body: string | Buffer }[]> {
  if (inline.length > 0) return [{ name: 'the inline script', body: inline.map(line => `${line}\r\n`).join('') }];
  return Promise.all(
    scripts.map(async name => ({
      name,
      body: await readFile(job.path(name)).catch(cause => {
        throw new GoldsmithError('provision-failed', `Cannot read the script ${name}: ${cause.message}`, { cause });
      }),
    })),
  );
}

/** Packer's default format, `set "NAME=value" && `, sorted by name. */
function variablesOf(job: Job, { environment, envVarFormat }: WindowsShellProvisioner): string {
  const format = envVarFormat ?? 'set "%s=%s" && ';
  return Object.entries({ ...job.packerVariables(), ...environment })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(pair => {
      const parts: string[] = [...pair];
      return format.replace(/%s/g, () => parts.shift() ?? '');
    })
    .join('');
}
