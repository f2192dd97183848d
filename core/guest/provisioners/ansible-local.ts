import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';
import type { AnsibleLocalProvisioner } from '../../model/recipe.ts';
import { shellQuote } from '../shell-quote.ts';
import { requirementsIn } from './ansible-galaxy.ts';
import type { Job } from './job.ts';

/** Packer's default; it makes a folder of its own in it for every run. */
const SHARED_STAGING = '/tmp/packer-provisioner-ansible-local';

/** Packer's `ansible-local`: playbooks are copied into the guest and run by the guest's own Ansible. */
export async function runAnsibleLocal(job: Job, options: AnsibleLocalProvisioner): Promise<void> {
  const isShared = options.stagingDirectory === SHARED_STAGING;
  const staging = isShared ? `${SHARED_STAGING}/${randomBytes(6).toString('hex')}` : options.stagingDirectory;
  await command(job, `mkdir -p ${shellQuote(staging)}`);
  await uploadDirs(job, options, staging);
  const inventory = await uploadInventory(job, options, staging);
  await installFromGalaxy(job, options, staging);
  const variables = [
    `packer_build_name=${job.context.buildName}`,
    `packer_builder_type=${job.context.builderType}`,
    ...(job.context.httpAddress === '' ? [] : [`packer_http_addr=${job.context.httpAddress}`]),
  ];
  // Extra arguments are words of a shell in Packer too: the recipe has quoted them.
  const extra = ['--extra-vars', shellQuote(variables.join(' ')), ...options.extraArguments].join(' ');
  for (const playbook of options.playbookFiles) {
    const remote = await uploadPlaybook(job, options, staging, playbook);
    const ansible = `${options.command} ${shellQuote(remote)} ${extra} -c local -i ${shellQuote(inventory)}`;
    await command(job, `cd ${shellQuote(staging)} && ${ansible}`);
  }
  if (options.cleanStagingDirectory) await command(job, `rm -rf ${shellQuote(staging)}`);
}

/** What is in `playbook_dir` goes into the staging folder; every other folder goes there under its own name. */
async function uploadDirs(job: Job, options: AnsibleLocalProvisioner, staging: string): Promise<void> {
  const own = (dir: string): string => path.basename(job.path(dir));
  const folders: [string | undefined, string][] = [
    [options.playbookDir, ''],
    [options.groupVars, 'group_vars'],
    [options.hostVars, 'host_vars'],
    ...options.playbookPaths.map((dir): [string, string] => [dir, own(dir)]),
    ...options.rolePaths.map((dir): [string, string] => [dir, `roles/${own(dir)}`]),
    ...options.collectionPaths.map((dir): [string, string] => [dir, `collections/${own(dir)}`]),
  ];
  for (const [dir, name] of folders) {
    if (dir === undefined) continue;
    await job.guest.uploadDir(job.path(dir), path.posix.join(staging, name), { signal: job.signal });
  }
}

async function uploadInventory(job: Job, options: AnsibleLocalProvisioner, staging: string): Promise<string> {
  const { inventoryFile, inventoryGroups } = options;
  const remote = path.posix.join(staging, inventoryFile === undefined ? 'inventory' : path.basename(inventoryFile));
  if (inventoryFile !== undefined) await job.guest.upload(job.path(inventoryFile), remote, { signal: job.signal });
  else await job.guest.uploadText(inventoryText(inventoryGroups), remote, { signal: job.signal });
  return remote;
}

const inventoryText = (groups: string[]): string =>
  groups.length === 0 ? '127.0.0.1\n' : groups.map(group => `[${group}]\n127.0.0.1\n`).join('\n');

/** A playbook of `playbook_dir` is there already and stays where it is, so that its neighbours are found. */
async function uploadPlaybook(
  job: Job,
  { playbookDir }: AnsibleLocalProvisioner,
  staging: string,
  playbook: string,
): Promise<string> {
  const local = job.path(playbook);
  const inside = playbookDir === undefined ? '..' : path.relative(job.path(playbookDir), local);
  if (!inside.startsWith('..')) return path.posix.join(staging, inside);
  const remote = path.posix.join(staging, path.basename(local));
  await job.guest.upload(local, remote, { signal: job.signal });
  return remote;
}

async function installFromGalaxy(job: Job, options: AnsibleLocalProvisioner, staging: string): Promise<void> {
  if (options.galaxyFile === undefined) return;
  const local = job.path(options.galaxyFile);
  const remote = path.posix.join(staging, path.basename(local));
  const force = options.galaxyForceInstall ? ' --force' : '';
  const places = {
    role: options.galaxyRolesPath ?? path.posix.join(staging, 'roles'),
    collection: options.galaxyCollectionsPath ?? path.posix.join(staging, 'collections'),
  };
  await job.guest.upload(local, remote, { signal: job.signal });
  for (const kind of requirementsIn(await readFile(local, 'utf8'))) {
    const install = `${options.galaxyCommand} ${kind} install -r ${shellQuote(remote)} -p ${shellQuote(places[kind])}`;
    await command(job, `cd ${shellQuote(staging)} && ${install}${force}`);
  }
}

async function command(job: Job, text: string): Promise<void> {
  const result = await job.guest.exec(text, { signal: job.signal, onLine: line => job.line(line) });
  if (result.exitCode === 0) return;
  if (result.disconnected) await job.guest.checkMachine();
  const how = result.disconnected ? 'The connection was lost' : `A command in the guest ended with ${result.exitCode}`;
  throw new GoldsmithError('provision-failed', `${how} while Ansible ran there.`, {
    hint: 'It needs Ansible in the guest: install it in a shell provisioner before this one, or use "ansible".',
    details: { command: text, ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }) },
  });
}
