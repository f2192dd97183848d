import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';
import type { PowershellProvisioner } from '../../model/recipe.ts';
import { fillTemplate } from '../fill-template.ts';
import { pause } from '../pause.ts';
import { powershell, psQuote } from '../winrm/powershell.ts';
import { elevatedScript } from './elevated.ts';
import type { Job } from './job.ts';
import { runRetried } from './windows-run.ts';

const CLEAN_TIMEOUT_MS = 120_000;
const TEMP = 'c:/Windows/Temp';

interface Script {
  name: string;
  body: string | Buffer;
}

/** Packer's `powershell`: each script is copied into the guest with its environment, run, and judged by its status. */
export async function runPowershell(job: Job, provisioner: PowershellProvisioner): Promise<void> {
  const id = randomBytes(6).toString('hex');
  const variables = `${TEMP}/packer-ps-env-vars-${id}.ps1`;
  const uploaded = [variables];
  for (const script of await scriptsOf(job, provisioner)) {
    const remote = remoteOf(provisioner, script, id);
    const command = await commandOf(job, provisioner, remote, variables, id, uploaded);
    uploaded.push(remote);
    await runRetried(job, { ...provisioner, script: script.name, command }, async () => {
      await job.guest.uploadText(environmentScript(job, provisioner), variables, { signal: job.signal });
      await job.guest.uploadText(script.body, remote, { signal: job.signal });
    });
  }
  if (!provisioner.skipClean) await clean(job, uploaded);
  if (provisioner.pauseAfterMs > 0) await pause(provisioner.pauseAfterMs, job.signal);
}

async function scriptsOf(job: Job, { inline, scripts }: PowershellProvisioner): Promise<Script[]> {
  if (inline.length > 0) return [{ name: 'the inline script', body: inlineScript(inline) }];
  return Promise.all(
    scripts.map(async name => {
      const body = await readFile(job.path(name)).catch(cause => {
        throw new GoldsmithError('provision-failed', `Cannot read the script ${name}: ${cause.message}`, { cause });
      });
      return { name, body };
    }),
  );
}

/** Lines run as one script that stops at an error, and ends with the status of its last program. */
const inlineScript = (lines: string[]): string =>
  ['try {', ...lines, '} catch { Write-Error -ErrorRecord $_; exit 1 }', 'exit $LastExitCode', ''].join('\r\n');

function remoteOf({ remotePath }: PowershellProvisioner, { name }: Script, id: string): string {
  if (remotePath === undefined) return `${TEMP}/script-${id}.ps1`;
  return /[\\/]$/.test(remotePath) ? remotePath + path.basename(name) : remotePath;
}

async function commandOf(
  job: Job,
  provisioner: PowershellProvisioner,
  remote: string,
  variables: string,
  id: string,
  uploaded: string[],
): Promise<string> {
  const fields = { Vars: variables, Path: remote };
  if (provisioner.elevatedUser === undefined) return withVariables(provisioner, fields);
  const inner = fillTemplate(provisioner.elevatedExecuteCommand ?? provisioner.executeCommand, fields);
  const wrapper = `${TEMP}/packer-elevated-${id}.ps1`;
  const user = { name: provisioner.elevatedUser, password: provisioner.elevatedPassword ?? '' };
  await job.guest.uploadText(elevatedScript(inner, user, id), wrapper, { signal: job.signal });
  uploaded.push(wrapper);
  return `powershell -executionpolicy bypass -file "${wrapper}"`;
}

/** Packer runs lines with `-file`, which loads no variables; so they are loaded by a command in front of it. */
function withVariables({ executeCommand }: PowershellProvisioner, fields: { Vars: string; Path: string }): string {
  const command = fillTemplate(executeCommand, fields);
  const isFile = /-file\s+\S+$/i.test(command) && !executeCommand.includes('.Vars');
  if (!isFile) return command;
  return powershell(`. ${psQuote(fields.Vars)}; & ${psQuote(fields.Path)}; exit $LastExitCode`);
}

/** What PowerShell reads something into inside double quotes. */
const escaped = (value: string): string => value.replace(/[$"'`]/g, character => `\`${character}`);

function environmentScript(job: Job, { environment, envVarFormat }: PowershellProvisioner): string {
  const format = envVarFormat ?? '$env:%s="%s"; ';
  return Object.entries({ ...job.packerVariables(), ...environment })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      const parts = [name, escaped(value)];
      return format.replace(/%s/g, () => parts.shift() ?? '');
    })
    .join('');
}

async function clean(job: Job, files: string[]): Promise<void> {
  const script = `Remove-Item -Force -ErrorAction SilentlyContinue -LiteralPath ${files.map(psQuote).join(',')}`;
  const options = { timeoutMs: CLEAN_TIMEOUT_MS, signal: job.signal };
  await job.guest.exec(powershell(script), options).catch(error => {
    job.signal.throwIfAborted();
    job.scope.emit({ type: 'warning', message: `Files of the provisioner stay in the guest: ${String(error)}` });
  });
}
