import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../exec.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { ShellLocalProvisioner } from '../../model/recipe.ts';
import { fillTemplate } from '../fill-template.ts';
import { shellQuote } from '../shell-quote.ts';
import type { Job } from './job.ts';

/** Go's names of the systems, which `only_on` uses. */
const SYSTEM = process.platform === 'win32' ? 'windows' : process.platform;

/** Packer's `shell-local`: runs commands on this host, with the user's own environment. */
export async function runShellLocal(job: Job, local: ShellLocalProvisioner): Promise<void> {
  if (local.onlyOn.length > 0 && !local.onlyOn.includes(SYSTEM)) {
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
  const variables = { ...job.packerVariables(), ...local.environment };
  const quoted = Object.entries(variables).map(([name, value]) => `${name}=${shellQuote(value)} `);
  const fields = { Vars: quoted.sort().join(''), Script: script, Command: script };
  const [command = '', ...args] = local.executeCommand.map(word => fillTemplate(word, fields));
  const { exitCode } = await run(command, args, {
    cwd: job.context.root,
    inheritEnv: true,
    env: variables,
    signal: job.signal,
    onLine: line => job.line(line),
    okExitCodes: Array.from({ length: 256 }, (_, code) => code),
  });
  if (local.validExitCodes.includes(exitCode)) return;
  throw new GoldsmithError('provision-failed', `${path.basename(script)} ended with ${exitCode} on this host.`, {
    details: { exitCode },
  });
}
