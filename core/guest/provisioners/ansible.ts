import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../../build/scope.ts';
import { run } from '../../exec.ts';
import type { AnsibleProvisioner } from '../../model/recipe.ts';
import type { Guest, GuestAddress } from '../guest.ts';
import type { ProvisionContext } from '../provision.ts';

/**
 * Packer's ansible provisioner without its SSH proxy: ansible-playbook connects to the guest itself, with the
 * build's key and exactly the pinned host keys, and with nothing of the user's own SSH set-up. So a reboot inside a
 * playbook is Ansible's own affair, and works.
 */
export async function ansible(
  scope: Scope,
  guest: Guest,
  options: AnsibleProvisioner,
  context: ProvisionContext,
): Promise<void> {
  const scratch = path.join(context.workDir, `ansible-${randomBytes(4).toString('hex')}`);
  await scope.hold({ kind: 'dir', path: scratch }, () => mkdir(scratch, { mode: 0o700 }));
  try {
    const inventory = await writeInventory(scratch, guest.address, options, context);
    const environment = { ...ansibleEnvironment(scratch), ...options.environment };
    await installRoles(scope, options, context, environment);
    await run(options.command, playbookArguments(options, inventory, context), {
      ...callOptions(scope, context, environment),
    });
  } finally {
    if (!options.keepInventoryFile) await rm(scratch, { recursive: true, force: true });
  }
  await guest.ensureConnected({ timeoutMs: RECONNECT_TIMEOUT_MS, signal: scope.signal });
}

const RECONNECT_TIMEOUT_MS = 300_000;

async function writeInventory(
  scratch: string,
  address: GuestAddress,
  options: AnsibleProvisioner,
  context: ProvisionContext,
): Promise<string> {
  const knownHosts = path.join(scratch, 'known_hosts');
  await writeFile(knownHosts, address.hostKeys.map(key => `[${address.host}]:${address.port} ${key}\n`).join(''));
  const sshArgs = [
    ...['-F', 'none', '-o', 'IdentitiesOnly=yes', '-o', 'ForwardAgent=no', '-o', 'StrictHostKeyChecking=yes'],
    ...['-o', `UserKnownHostsFile="${knownHosts}"`, '-o', 'ControlMaster=auto', '-o', 'ControlPersist=60s'],
  ];
  const host = {
    ansible_host: address.host,
    ansible_port: address.port,
    ansible_user: options.user ?? address.user,
    ...(address.password === undefined
      ? { ansible_ssh_private_key_file: context.keyFile }
      : { ansible_password: address.password }),
    ansible_ssh_common_args: sshArgs.join(' '),
  };
  const member = { hosts: { [options.hostAlias]: {} } };
  const groups = Object.fromEntries([
    ...options.groups.map(name => [name, member] as const),
    ...options.emptyGroups.map(name => [name, {}] as const),
  ]);
  const inventory = path.join(scratch, 'inventory.yml');
  // JSON is YAML, and needs no quoting rules of its own.
  const tree = { all: { hosts: { [options.hostAlias]: host }, children: groups } };
  await writeFile(inventory, JSON.stringify(tree, undefined, 2), { mode: 0o600 });
  return options.inventoryFile === undefined ? inventory : path.resolve(context.root, options.inventoryFile);
}

/** Nothing of ours is shared with, or left in, the user's own ~/.ansible. */
const ansibleEnvironment = (scratch: string): Record<string, string> => ({
  ANSIBLE_HOST_KEY_CHECKING: 'True',
  ANSIBLE_LOCAL_TEMP: path.join(scratch, 'tmp'),
  ANSIBLE_SSH_CONTROL_PATH_DIR: path.join(scratch, 'cp'),
  ANSIBLE_RETRY_FILES_ENABLED: 'False',
  ANSIBLE_NOCOLOR: '1',
  PYTHONUNBUFFERED: '1',
});

async function installRoles(
  scope: Scope,
  options: AnsibleProvisioner,
  context: ProvisionContext,
  environment: Record<string, string>,
): Promise<void> {
  if (options.galaxyFile === undefined) return;
  const file = path.resolve(context.root, options.galaxyFile);
  const force = options.galaxyForceInstall ? ['-f'] : [];
  const rolesPath = options.rolesPath === undefined ? [] : ['-p', path.resolve(context.root, options.rolesPath)];
  await run(
    options.galaxyCommand,
    ['install', '-r', file, ...rolesPath, ...force],
    callOptions(scope, context, environment),
  );
}

const playbookArguments = (options: AnsibleProvisioner, inventory: string, context: ProvisionContext): string[] => [
  ...['-e', `packer_build_name=${context.buildName}`, '-e', `packer_builder_type=${context.builderType}`],
  ...['-e', `packer_http_addr=${context.httpAddress}`],
  ...options.extraArguments,
  ...['-i', inventory, path.resolve(context.root, options.playbookFile)],
];

const callOptions = (scope: Scope, context: ProvisionContext, env: Record<string, string>) => ({
  cwd: context.root,
  inheritEnv: true,
  env,
  signal: scope.signal,
  onLine: (line: string): void => {
    if (line !== '') scope.emit({ type: 'line', source: 'provisioner', line });
  },
});
