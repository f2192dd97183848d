import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../exec.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { AnsibleProvisioner } from '../../model/recipe.ts';
import { fillTemplate } from '../fill-template.ts';
import type { GuestAddress } from '../guest.ts';
import { knownHostName } from '../route/known-hosts.ts';
import { installFromGalaxy } from './ansible-galaxy.ts';
import { type AnsibleFiles, hostVariables, inventoryOf } from './ansible-inventory.ts';
import type { Job } from './job.ts';

/**
 * Packer's `ansible` without its SSH proxy: ansible-playbook connects to the guest itself, with the build's key and
 * exactly the pinned host keys, and with nothing of the user's own SSH set-up. A reboot inside a playbook is Ansible's
 * own affair, and works.
 */
export async function runAnsible(job: Job, options: AnsibleProvisioner): Promise<void> {
  const secret = options.extraArguments.map(secretOf).filter(value => value !== undefined);
  job.scope.secrets.add(...secret);
  // Not below the build's folder: a path to a socket may have 107 bytes, and SSH adds 17 to it.
  await job.inPrivateDir(async dir => {
    const way = await job.guest.wayIn();
    await runPlaybook(job, options, dir, way.address).finally(() => way.close());
  }, tmpdir());
}

/** Packer hides what stands behind `password=` or `secret=`, whatever comes before; here it is hidden everywhere. */
function secretOf(argument: string): string | undefined {
  const [, value] = argument.match(/(?:password|secret)[^=]*=(.+)$/is) ?? [];
  return value?.replace(/^(['"])(.*)\1$/s, '$2');
}

async function runPlaybook(job: Job, options: AnsibleProvisioner, dir: string, address: GuestAddress): Promise<void> {
  const files = await writeFiles(address, dir);
  const environment = environmentOf(job, options, files);
  const inventories = await writeInventories(job, options, address, files, environment);
  await installFromGalaxy(job, options, environment);
  const variables = {
    packer_build_name: job.context.buildName,
    packer_builder_type: job.context.builderType,
    ...(job.context.httpAddress === '' ? {} : { packer_http_addr: job.context.httpAddress }),
  };
  const sources = inventories.flatMap(inventory => ['-i', inventory]);
  try {
    await run(
      options.command,
      ['-e', JSON.stringify(variables), ...options.extraArguments, ...sources, job.path(options.playbookFile)],
      { cwd: job.context.root, inheritEnv: true, env: environment, signal: job.signal, onLine: line => job.line(line) },
    );
  } catch (error) {
    throw job.signal.aborted ? error : withReason(error, job.lastLines);
  } finally {
    await endMasters(files.controlDir);
  }
}

/** A playbook ends with a recap; the reason stands somewhere above it. */
function withReason(error: unknown, lines: string[]): unknown {
  const reason = lines.findLast(line => /^(fatal:|ERROR!)/.test(line));
  if (!(error instanceof GoldsmithError) || error.code !== 'program-failed' || !reason) return error;
  return new GoldsmithError('provision-failed', `the playbook ended with ${error.details.exitCode}: ${reason}`, {
    details: error.details,
    cause: error,
  });
}

/** What ssh needs to be the build and nobody else. Nothing of it is the user's, and nothing outlives the playbook. */
async function writeFiles(address: GuestAddress, dir: string): Promise<AnsibleFiles> {
  const { host, port, hostKeys, privateKey, password, agent } = address;
  const files: AnsibleFiles = { dir, knownHosts: path.join(dir, 'known_hosts'), controlDir: path.join(dir, 'cp') };
  if (agent !== undefined) files.agent = agent;
  await mkdir(files.controlDir, { mode: 0o700 });
  const name = knownHostName(host, port);
  await writeFile(files.knownHosts, hostKeys.map(key => `${name} ${key}\n`).join(''), { mode: 0o600 });
  if (privateKey !== undefined) {
    files.key = path.join(dir, 'key');
    await writeFile(files.key, privateKey, { mode: 0o600 });
  }
  if (password !== undefined) {
    // OpenSSH (8.4 and later) asks this program for the password; sshpass is not needed.
    files.askpass = path.join(dir, 'askpass');
    await writeFile(path.join(dir, 'password'), `${password}\n`, { mode: 0o600 });
    await writeFile(files.askpass, `#!/bin/sh\nexec cat ${path.join(dir, 'password')}\n`, { mode: 0o700 });
    await chmod(files.askpass, 0o700);
  }
  return files;
}

/** The recipe's variables count more than ours, but for what keeps the login private: that is in the inventory. */
const environmentOf = (job: Job, options: AnsibleProvisioner, files: AnsibleFiles): Record<string, string> => ({
  ANSIBLE_LOCAL_TEMP: path.join(files.dir, 'tmp'),
  ANSIBLE_RETRY_FILES_ENABLED: 'False',
  ANSIBLE_NOCOLOR: '1',
  PYTHONUNBUFFERED: '1',
  ...(options.rolesPath === undefined ? {} : { ANSIBLE_ROLES_PATH: `${job.path(options.rolesPath)}:${ROLES_PATH}` }),
  ...(options.collectionsPath === undefined
    ? {}
    : { ANSIBLE_COLLECTIONS_PATHS: `${job.path(options.collectionsPath)}:${COLLECTIONS_PATH}` }),
  ...options.environment,
  ANSIBLE_SSH_CONTROL_PATH_DIR: files.controlDir,
  ...(files.askpass === undefined ? {} : { SSH_ASKPASS: files.askpass, SSH_ASKPASS_REQUIRE: 'force' }),
});

/** Ansible's own defaults, which setting the variable would take away. */
const ROLES_PATH = '~/.ansible/roles:/usr/share/ansible/roles:/etc/ansible/roles';
const COLLECTIONS_PATH = '~/.ansible/collections:/usr/share/ansible/collections';

/**
 * The recipe's own inventory, if it has one, and ours behind it, which says how the host is reached: of two sources
 * the later counts.
 */
async function writeInventories(
  job: Job,
  options: AnsibleProvisioner,
  address: GuestAddress,
  files: AnsibleFiles,
  environment: Record<string, string>,
): Promise<string[]> {
  const inventory = path.join(files.dir, 'inventory.json');
  const host = hostVariables(address, options, files, environment.ANSIBLE_SSH_ARGS);
  const text = JSON.stringify(inventoryOf(options, host), undefined, 2);
  await writeFile(inventory, text, { mode: 0o600 });
  if (options.keepInventoryFile) for (const line of text.split('\n')) job.line(line);
  if (options.inventoryDirectory !== undefined) await linkVariables(job.path(options.inventoryDirectory), files.dir);
  if (options.inventoryFile !== undefined) return [job.path(options.inventoryFile), inventory];
  if (options.inventoryFileTemplate === undefined) return [inventory];
  const rendered = path.join(files.dir, 'hosts');
  const { host: Host, port, user: User } = address;
  const fields = { HostAlias: options.hostAlias, Host, Port: String(port), User: options.user ?? User };
  await writeFile(rendered, fillTemplate(options.inventoryFileTemplate, fields), { mode: 0o600 });
  return [rendered, inventory];
}

/** Packer puts its inventory into the folder, so that the variables beside it count; here they are brought to ours. */
async function linkVariables(from: string, to: string): Promise<void> {
  const names = await readdir(from);
  for (const name of ['group_vars', 'host_vars'].filter(name => names.includes(name))) {
    await symlink(path.join(from, name), path.join(to, name));
  }
}

/** ssh's shared connections outlive the playbook by a minute unless they are told to end. */
async function endMasters(controlDir: string): Promise<void> {
  for (const socket of await readdir(controlDir).catch(() => [])) {
    const okExitCodes = [0, 255];
    await run('ssh', ['-F', 'none', '-S', path.join(controlDir, socket), '-O', 'exit', 'guest'], { okExitCodes }).catch(
      () => undefined,
    );
  }
}
