import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';
import type { ShellProvisioner } from '../../model/recipe.ts';
import { fillTemplate } from '../fill-template.ts';
import type { ExecResult } from '../guest.ts';
import { pause } from '../pause.ts';
import { shellQuote } from '../shell-quote.ts';
import type { Job } from './job.ts';

const RETRY_MS = 2000;
const CLEAN_TIMEOUT_MS = 60_000;

interface Script {
  /** How it is called in messages. */
  name: string;
  body: Buffer;
}

interface Remote {
  path: string;
  envVarFile: string;
  command: string;
}

/** Packer's `shell`: each script is copied into the guest, run, judged by its exit status, and removed. */
export async function runShell(job: Job, shell: ShellProvisioner): Promise<void> {
  for (const script of await scriptsOf(job, shell)) {
    const remote = remoteOf(job, shell);
    const result = await runInGuest(job, shell, script, remote);
    await judge(job, shell, script, result);
    if (shell.expectDisconnect) await awaitRestart(job, shell);
    if (!shell.skipClean) await clean(job, shell, remote);
  }
  if (shell.pauseAfterMs > 0) await pause(shell.pauseAfterMs, job.signal);
}

async function scriptsOf(job: Job, shell: ShellProvisioner): Promise<Script[]> {
  if (shell.inline.length > 0) {
    const body = `#!${shell.inlineShebang}\n${shell.inline.join('\n')}\n`;
    return [{ name: 'the inline script', body: Buffer.from(body) }];
  }
  return Promise.all(shell.scripts.map(name => readScript(job, shell, name)));
}

/** A script with Windows line ends does not start (`/bin/sh^M`); `binary` leaves every byte as it is. */
async function readScript(job: Job, shell: ShellProvisioner, name: string): Promise<Script> {
  const body = await readFile(job.path(name)).catch(cause => {
    throw new GoldsmithError('provision-failed', `Cannot read the script ${name}: ${cause.message}`, { cause });
  });
  if (shell.binary) return { name, body };
  return { name, body: Buffer.from(body.toString('latin1').replaceAll('\r\n', '\n'), 'latin1') };
}

function remoteOf(job: Job, shell: ShellProvisioner): Remote {
  const number = randomInt(1000, 1_000_000_000);
  const folder = shell.remoteFolder.replace(/\/$/, '');
  const file = shell.remotePath ?? path.posix.join(folder, shell.remoteFile ?? `script_${number}.sh`);
  const envVarFile = path.posix.join(folder, `varfile_${number}.sh`);
  const fields = { Vars: variablesOf(job, shell), Path: file, EnvVarFile: envVarFile };
  return { path: file, envVarFile, command: fillTemplate(shell.executeCommand, fields) };
}

/** Packer: sorted by name, each in `envVarFormat`, quotes in values escaped for a POSIX shell. */
function variablesOf(job: Job, shell: ShellProvisioner): string {
  const format = shell.envVarFormat ?? (shell.useEnvVarFile ? "export %s='%s'\n" : "%s='%s' ");
  return Object.entries({ ...job.packerVariables(), ...shell.environment })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      const parts = [name, value.replaceAll("'", `'"'"'`)];
      return format.replace(/%s/g, () => parts.shift() ?? '');
    })
    .join('');
}

/**
 * Copies and starts the script. A guest that goes away before the script has started is waited for (it may still be
 * rebooting after the provisioner before), up to `start_retry_timeout`; a script that has started runs once.
 */
async function runInGuest(job: Job, shell: ShellProvisioner, script: Script, remote: Remote): Promise<ExecResult> {
  const deadline = performance.now() + shell.startRetryTimeoutMs;
  for (;;) {
    const result = await start(job, shell, script, remote).catch(error => {
      const isLost = error instanceof GoldsmithError && error.code === 'guest-unreachable';
      if (!isLost || performance.now() > deadline) throw error;
      return undefined;
    });
    if (result && (result.started || performance.now() > deadline)) return result;
    await pause(RETRY_MS, job.signal);
    await job.guest.ensureConnected({
      timeoutMs: Math.max(RETRY_MS, deadline - performance.now()),
      signal: job.signal,
    });
  }
}

async function start(job: Job, shell: ShellProvisioner, script: Script, remote: Remote): Promise<ExecResult> {
  const { guest, signal } = job;
  await guest.uploadText(script.body, remote.path, { mode: 0o755, signal });
  if (shell.useEnvVarFile) {
    await guest.uploadText(variablesOf(job, shell), remote.envVarFile, { mode: 0o600, signal });
  }
  try {
    return await guest.exec(remote.command, { onLine: line => job.line(line), signal, pty: guest.usesPty });
  } catch (error) {
    if (signal.aborted) await endScript(job, remote);
    throw error;
  }
}

/**
 * Ends what is left of a script at its time limit: sshd passes no signals on for root. Every process whose command
 * line names the script's own file, with its process group.
 */
async function endScript(job: Job, remote: Remote): Promise<void> {
  const find = `ps -A -o pgid= -o args= | grep -F -- ${shellQuote(remote.path)} | grep -v grep`;
  const command = `for g in $(${find} | awk '{print $1}' | sort -u); do kill -TERM -- "-$g"; done`;
  await job.guest.exec(command, { timeoutMs: CLEAN_TIMEOUT_MS, signal: job.scope.signal }).catch(() => undefined);
}

async function judge(job: Job, shell: ShellProvisioner, script: Script, result: ExecResult): Promise<void> {
  if (result.disconnected) {
    if (shell.expectDisconnect && result.started) return;
    await job.guest.checkMachine();
    throw new GoldsmithError('provision-failed', `The connection was lost while ${script.name} ran.`, {
      hint: 'If the script reboots the guest or restarts its network, set expect_disconnect = true.',
    });
  }
  if (result.exitCode !== undefined && shell.validExitCodes.includes(result.exitCode)) return;
  const how = result.exitCode === undefined ? `was ended by signal ${result.signal}` : `ended with ${result.exitCode}`;
  throw new GoldsmithError('provision-failed', `${capital(script.name)} ${how}.`, {
    details: result.exitCode === undefined ? {} : { exitCode: result.exitCode },
  });
}

/** A file keeps its name as it is. */
const capital = (text: string): string => text.replace(/^the /, 'The ');

async function awaitRestart(job: Job, shell: ShellProvisioner): Promise<void> {
  const { rebooted } = await job.guest.afterRestart({ timeoutMs: shell.startRetryTimeoutMs, signal: job.signal });
  if (rebooted) job.note('The guest has rebooted; logged in again.');
}

async function clean(job: Job, shell: ShellProvisioner, remote: Remote): Promise<void> {
  const files = [remote.path, ...(shell.useEnvVarFile ? [remote.envVarFile] : [])];
  const command = `rm -f ${files.map(shellQuote).join(' ')}`;
  const result = await job.guest.exec(command, { timeoutMs: CLEAN_TIMEOUT_MS, signal: job.signal });
  if (result.exitCode === 0 || result.disconnected) return;
  job.scope.emit({ type: 'warning', message: `${remote.path} could not be removed from the guest.` });
}
