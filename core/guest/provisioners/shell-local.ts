import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';
import type { ShellLocalProvisioner } from '../../model/recipe.ts';
import { isForThisHost, runLocalScript } from '../local-script.ts';
import type { Job } from './job.ts';

/** Packer's `shell-local`: runs commands on this host, with the user's own environment. */
export async function runShellLocal(job: Job, local: ShellLocalProvisioner): Promise<void> {
  if (!isForThisHost(local.onlyOn)) {
    return job.note(`Skipped: it runs only on ${local.onlyOn.join(', ')}.`);
  }
  const lines = local.command === undefined ? local.inline : [local.command];
  if (lines.length === 0) {
    for (const script of local.scripts) await runScript(job, local, job.path(script));
    return;
  }
  await job.inPrivateDir(async dir => {
    const script = path.join(dir, 'script.sh');
    await writeFile(script, `#!${local.inlineShebang}\n${lines.join('\n')}\n`, { mode: 0o700 });
    await runScript(job, local, script);
  });
}

async function runScript(job: Job, local: ShellLocalProvisioner, script: string): Promise<void> {
  const exitCode = await runLocalScript({
    script,
    executeCommand: local.executeCommand,
    variables: { ...job.packerVariables(), ...local.environment },
    cwd: job.context.root,
    signal: job.signal,
    onLine: line => job.line(line),
  });
  if (local.validExitCodes.includes(exitCode)) return;
  throw new GoldsmithError('provision-failed', `${path.basename(script)} ended with ${exitCode} on this host.`, {
    details: { exitCode },
  });
}
