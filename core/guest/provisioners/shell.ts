import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../../build/scope.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { ShellProvisioner } from '../../model/recipe.ts';
import type { ExecResult, Guest } from '../guest.ts';
import { pause } from '../pause.ts';
import type { ProvisionContext } from '../provision.ts';
import { shellQuote } from '../shell-quote.ts';
import { environmentWords, fillTemplate } from './template.ts';

const KEPT_LINES = 20;

interface Script {
  name: string;
  content: Buffer;
}

/** Packer's shell provisioner: each script is uploaded, run with `execute_command`, and removed. */
export async function shell(
  scope: Scope,
  guest: Guest,
  options: ShellProvisioner,
  context: ProvisionContext,
): Promise<void> {
  for (const script of await scripts(options, context)) {
    await guest.ensureConnected({ timeoutMs: options.startRetryTimeoutMs, signal: scope.signal });
    await runScript(scope, guest, script, options, context);
  }
  await pause(options.pauseAfterMs, scope.signal);
}

async function scripts(options: ShellProvisioner, { root }: ProvisionContext): Promise<Script[]> {
  if (options.inline.length > 0) {
    const text = `#!${options.inlineShebang}\n${options.inline.join('\n')}\n`;
    return [{ name: 'inline', content: Buffer.from(text) }];
  }
  return Promise.all(
    options.scripts.map(async name => {
      const content = await readFile(path.resolve(root, name)).catch(cause => {
        throw new GoldsmithError('provision-failed', `The script ${name} cannot be read.`, { cause });
      });
      return {
        name,
        content: options.binary ? content : Buffer.from(content.toString('utf8').replaceAll('\r\n', '\n')),
      };
    }),
  );
}

async function runScript(
  scope: Scope,
  guest: Guest,
  script: Script,
  options: ShellProvisioner,
  context: ProvisionContext,
): Promise<void> {
  const remote =
    options.remotePath ?? path.posix.join(options.remoteFolder, options.remoteFile ?? randomName('script'));
  const environment = {
    PACKER_BUILD_NAME: context.buildName,
    PACKER_BUILDER_TYPE: context.builderType,
    PACKER_HTTP_ADDR: context.httpAddress,
    ...options.environment,
  };
  const envFile = options.useEnvVarFile ? path.posix.join(options.remoteFolder, randomName('varfile')) : undefined;
  if (envFile !== undefined)
    await guest.uploadText(exports(environment, options.envVarFormat), envFile, { mode: 0o600 });
  await guest.uploadText(script.content, remote, { mode: 0o755 });
  const command = fillTemplate(options.executeCommand, {
    Path: remote,
    Vars: envFile === undefined ? environmentWords(environment) : '',
    EnvVarFile: envFile ?? '',
  });
  const lines: string[] = [];
  const result = await guest.exec(command, { signal: scope.signal, onLine: line => tell(scope, lines, line) });
  if (result.disconnected) return lost(scope, guest, script, options);
  if (!options.skipClean) await clean(guest, [remote, ...(envFile === undefined ? [] : [envFile])]);
  if (result.exitCode !== undefined && options.validExitCodes.includes(result.exitCode)) return;
  throw failed(script, result, lines);
}

/** A script that reboots the guest takes the connection with it: expected, or the failure it looks like. */
async function lost(scope: Scope, guest: Guest, script: Script, options: ShellProvisioner): Promise<void> {
  if (!options.expectDisconnect) {
    throw new GoldsmithError('provision-failed', `The connection was lost while ${script.name} ran.`, {
      hint: 'If it reboots the guest, set expect_disconnect = true.',
    });
  }
  scope.emit({ type: 'note', message: 'The guest disconnected, as the recipe expects.' });
  await guest.reconnect({ timeoutMs: options.startRetryTimeoutMs, signal: scope.signal, expectReboot: true });
}

const clean = async (guest: Guest, remotes: string[]): Promise<void> => {
  await guest.exec(`rm -f ${remotes.map(shellQuote).join(' ')}`);
};

const randomName = (kind: string): string => `${kind}_${randomBytes(4).toString('hex')}.sh`;

const exports = (environment: Record<string, string>, format = "export %s='%s'\n"): string =>
  Object.entries(environment)
    .map(([name, value]) => format.replace('%s', name).replace('%s', () => value.replaceAll("'", `'"'"'`)))
    .join(format.endsWith('\n') ? '' : '\n');

function tell(scope: Scope, lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > KEPT_LINES) lines.shift();
  scope.emit({ type: 'line', source: 'provisioner', line });
}

function failed(script: Script, result: ExecResult, lines: string[]): GoldsmithError {
  const how = result.signal ? `was ended by SIG${result.signal}` : `ended with status ${result.exitCode}`;
  return new GoldsmithError('provision-failed', `${script.name} ${how}.`, {
    hint: 'Its last lines say why; --on-error=ask stops here so that you can look into the guest.',
    details: { ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }), lastLines: lines },
  });
}
