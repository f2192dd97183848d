import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Scope } from '../../build/scope.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { AnsibleLocalProvisioner } from '../../model/recipe.ts';
import type { Guest } from '../guest.ts';
import type { ProvisionContext } from '../provision.ts';
import { shellQuote } from '../shell-quote.ts';

/** Packer's ansible-local: playbooks are copied into the guest and run by the guest's own Ansible. */
export async function ansibleLocal(
  scope: Scope,
  guest: Guest,
  options: AnsibleLocalProvisioner,
  context: ProvisionContext,
): Promise<void> {
  const staging = options.stagingDirectory || `/tmp/packer-provisioner-ansible-local/${randomBytes(4).toString('hex')}`;
  const local = (file: string): string => path.resolve(context.root, file);
  const remote = (...parts: string[]): string => path.posix.join(staging, ...parts);
  await command(scope, guest, `mkdir -p ${shellQuote(staging)}`);
  for (const dir of [options.playbookDir, ...options.playbookPaths].filter(value => value !== undefined)) {
    await guest.uploadDir(local(dir), staging, { signal: scope.signal });
  }
  const folders: [string | undefined, string][] = [
    [options.groupVars, 'group_vars'],
    [options.hostVars, 'host_vars'],
    ...options.rolePaths.map(dir => [dir, `roles/${path.basename(dir)}`] as [string, string]),
    ...options.collectionPaths.map(dir => [dir, `collections/${path.basename(dir)}`] as [string, string]),
  ];
  for (const [dir, name] of folders)
    if (dir !== undefined) await guest.uploadDir(local(dir), remote(name), { signal: scope.signal });
  const inventory = remote(options.inventoryFile === undefined ? 'inventory' : path.basename(options.inventoryFile));
  if (options.inventoryFile === undefined) await guest.uploadText(inventoryText(options.inventoryGroups), inventory);
  else await guest.upload(local(options.inventoryFile), inventory);
  if (options.galaxyFile !== undefined) {
    await guest.upload(local(options.galaxyFile), remote('requirements.yml'));
    await command(
      scope,
      guest,
      `cd ${shellQuote(staging)} && ${options.galaxyCommand} install -r requirements.yml -p ${shellQuote(remote('roles'))}`,
    );
  }
  for (const playbook of options.playbookFiles) {
    await guest.upload(local(playbook), remote(path.basename(playbook)));
    const extra = ['-c local', ...options.extraArguments, `-e packer_build_name=${shellQuote(context.buildName)}`].join(
      ' ',
    );
    const http = `-e packer_builder_type=${context.builderType} -e packer_http_addr=${shellQuote(context.httpAddress)}`;
    await command(
      scope,
      guest,
      `cd ${shellQuote(staging)} && ${options.command} ${shellQuote(remote(path.basename(playbook)))} ${http} ${extra} -i ${shellQuote(inventory)}`,
    );
  }
  if (options.cleanStagingDirectory) await command(scope, guest, `rm -rf ${shellQuote(staging)}`);
}

const inventoryText = (groups: string[]): string =>
  groups.length === 0 ? '127.0.0.1\n' : groups.map(group => `[${group}]\n127.0.0.1\n`).join('\n');

async function command(scope: Scope, guest: Guest, text: string): Promise<void> {
  const lines: string[] = [];
  const { exitCode } = await guest.exec(text, {
    signal: scope.signal,
    onLine: line => {
      lines.push(line);
      scope.emit({ type: 'line', source: 'provisioner', line });
    },
  });
  if (exitCode === 0) return;
  throw new GoldsmithError(
    'provision-failed',
    `A command of ansible-local ended with status ${exitCode ?? 'unknown'}.`,
    {
      details: { command: text, ...(exitCode === undefined ? {} : { exitCode }), lastLines: lines.slice(-20) },
    },
  );
}
