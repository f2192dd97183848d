import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../../build/scope.ts';
import { run } from '../../exec.ts';
import type { ShellLocalProvisioner } from '../../model/recipe.ts';
import type { Guest } from '../guest.ts';
import type { ProvisionContext } from '../provision.ts';
import { environmentWords, fillTemplate } from './template.ts';

/** Packer's shell-local: the recipe's own commands on this host, with this host's environment. */
export async function shellLocal(
  scope: Scope,
  _guest: Guest,
  options: ShellLocalProvisioner,
  context: ProvisionContext,
): Promise<void> {
  if (options.onlyOn.length > 0 && !options.onlyOn.includes(process.platform)) return;
  const scratch = await mkdtemp(path.join(context.workDir, 'local-'));
  try {
    for (const script of await scripts(options, scratch, context.root))
      await runScript(scope, script, options, context);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function scripts(options: ShellLocalProvisioner, scratch: string, root: string): Promise<string[]> {
  const inline = options.command === undefined ? options.inline : [options.command];
  if (inline.length === 0) return options.scripts.map(script => path.resolve(root, script));
  const file = path.join(scratch, 'inline.sh');
  await writeFile(file, `#!${options.inlineShebang}\n${inline.join('\n')}\n`, { mode: 0o700 });
  return [file];
}

async function runScript(
  scope: Scope,
  script: string,
  options: ShellLocalProvisioner,
  context: ProvisionContext,
): Promise<void> {
  const environment = {
    PACKER_BUILD_NAME: context.buildName,
    PACKER_BUILDER_TYPE: context.builderType,
    PACKER_HTTP_ADDR: context.httpAddress,
    ...options.environment,
  };
  const filled = options.executeCommand.map(word =>
    fillTemplate(word, { Vars: environmentWords(environment), Script: script, Command: script }),
  );
  const [program = 'sh', ...args] = filled;
  await run(program, args, {
    cwd: context.root,
    inheritEnv: true,
    env: environment,
    signal: scope.signal,
    okExitCodes: options.validExitCodes,
    onLine: line => scope.emit({ type: 'line', source: 'provisioner', line }),
  });
}
