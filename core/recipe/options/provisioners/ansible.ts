import type { OptionTable } from '../schema.ts';
import { pairs } from './environment.ts';
import { KEPT, provisionerKind, refer, wrongOption } from './kind.ts';

const OWN_CONNECTION = 'Goldsmith gives Ansible the SSH connection itself.';

const ANSIBLE_OPTIONS = {
  command: { kind: 'text', ...KEPT },
  extra_arguments: { kind: 'texts', default: [], ...KEPT },
  ansible_env_vars: { kind: 'texts', default: [], ...KEPT },
  playbook_file: { kind: 'text', ...KEPT },
  ansible_ssh_extra_args: { kind: 'texts', default: [], ...KEPT },
  groups: { kind: 'texts', default: [], ...KEPT },
  empty_groups: { kind: 'texts', default: [], ...KEPT },
  host_alias: { kind: 'text', ...KEPT },
  user: { kind: 'text', ...KEPT },
  local_port: { kind: 'count', ignored: OWN_CONNECTION, least: 0, most: 65_535 },
  ssh_host_key_file: { kind: 'text', ignored: OWN_CONNECTION },
  ssh_authorized_key_file: { kind: 'text', ignored: OWN_CONNECTION },
  ansible_proxy_key_type: { kind: 'text', ignored: '' },
  sftp_command: { kind: 'text', ...KEPT },
  skip_version_check: { kind: 'flag', default: false },
  use_sftp: { kind: 'flag', ignored: '' },
  inventory_directory: { kind: 'text', ...KEPT },
  inventory_file_template: { kind: 'text', template: 'raw' },
  inventory_file: { kind: 'text', ...KEPT },
  keep_inventory_file: { kind: 'flag', default: false },
  galaxy_file: { kind: 'text', ...KEPT },
  galaxy_command: { kind: 'text', ...KEPT },
  galaxy_force_install: { kind: 'flag', default: false },
  galaxy_force_with_deps: { kind: 'flag', default: false },
  roles_path: { kind: 'text', ...KEPT },
  collections_path: { kind: 'text', ...KEPT },
  use_proxy: { kind: 'flag', default: true },
  ansible_winrm_use_http: { kind: 'flag', default: false },
} as const satisfies OptionTable;

/** A key of the given options only when it has a value. */
const some = <K extends string>(key: K, value: string | undefined): { [key in K]?: string } =>
  (value ? { [key]: value } : {}) as { [key in K]?: string };

/** More SSH arguments go to Ansible as Packer hands them over. */
const sshExtra = (args: string[]): string[] => (args.length > 0 ? [`--ssh-extra-args=${args.join(' ')}`] : []);
const winrmScheme = (isHttp: boolean, extra: string[]): string[] =>
  isHttp && !extra.some(argument => argument.startsWith('ansible_winrm_scheme'))
    ? ['-e', 'ansible_winrm_scheme=http']
    : [];

export const readAnsible = provisionerKind(ANSIBLE_OPTIONS, (options, block, context) => {
  if (!options.playbook_file) throw wrongOption(block, 'playbook_file', 'A "playbook_file" is required.');
  refer(context, block, 'playbook_file', 'file', [options.playbook_file]);
  refer(context, block, 'galaxy_file', 'file', [options.galaxy_file]);
  refer(context, block, 'inventory_directory', 'directory', [options.inventory_directory]);
  return {
    kind: 'ansible',
    playbookFile: options.playbook_file,
    command: options.command || 'ansible-playbook',
    extraArguments: [
      ...options.extra_arguments,
      ...sshExtra(options.ansible_ssh_extra_args),
      ...winrmScheme(options.ansible_winrm_use_http, options.extra_arguments),
    ],
    environment: pairs(options.ansible_env_vars, 'ansible_env_vars', block),
    ...some('user', options.user),
    groups: options.groups,
    emptyGroups: options.empty_groups,
    hostAlias: options.host_alias || 'default',
    ...some('inventoryDirectory', options.inventory_directory),
    ...some('inventoryFile', options.inventory_file),
    ...some('inventoryFileTemplate', options.inventory_file_template),
    keepInventoryFile: options.keep_inventory_file,
    ...some('galaxyFile', options.galaxy_file),
    galaxyCommand: options.galaxy_command || 'ansible-galaxy',
    galaxyForceInstall: options.galaxy_force_install,
    galaxyForceWithDeps: options.galaxy_force_with_deps,
    ...some('rolesPath', options.roles_path),
    ...some('collectionsPath', options.collections_path),
    useProxy: options.use_proxy,
    ...some('sftpCommand', options.sftp_command),
    skipVersionCheck: options.skip_version_check,
  };
});

const ANSIBLE_LOCAL_OPTIONS = {
  command: { kind: 'text', ...KEPT },
  extra_arguments: { kind: 'texts', default: [], ...KEPT },
  group_vars: { kind: 'text', ...KEPT },
  host_vars: { kind: 'text', ...KEPT },
  playbook_dir: { kind: 'text', ...KEPT },
  playbook_file: { kind: 'text', ...KEPT },
  playbook_files: { kind: 'texts', default: [], ...KEPT },
  playbook_paths: { kind: 'texts', default: [], ...KEPT },
  role_paths: { kind: 'texts', default: [], ...KEPT },
  collection_paths: { kind: 'texts', default: [], ...KEPT },
  staging_directory: { kind: 'text', ...KEPT },
  clean_staging_directory: { kind: 'flag', default: false },
  inventory_file: { kind: 'text', ...KEPT },
  inventory_groups: { kind: 'texts', default: [], ...KEPT },
  galaxy_file: { kind: 'text', ...KEPT },
  galaxy_command: { kind: 'text', ...KEPT },
  galaxycommand: { kind: 'text', renamedTo: 'galaxy_command', ...KEPT },
  galaxy_force_install: { kind: 'flag', default: false },
  galaxy_roles_path: { kind: 'text', ...KEPT },
  galaxy_collections_path: { kind: 'text', ...KEPT },
} as const satisfies OptionTable;

export const readAnsibleLocal = provisionerKind(ANSIBLE_LOCAL_OPTIONS, (options, block, context) => {
  const hasOne = Boolean(options.playbook_file);
  if (hasOne && options.playbook_files.length > 0)
    throw wrongOption(block, 'playbook_files', 'Only one of "playbook_file" and "playbook_files" can be set.');
  const playbookFiles = options.playbook_file ? [options.playbook_file] : options.playbook_files;
  if (playbookFiles.length === 0)
    throw wrongOption(block, 'playbook_file', 'A "playbook_file" or "playbook_files" is required.');
  refer(context, block, hasOne ? 'playbook_file' : 'playbook_files', 'file', playbookFiles);
  refer(context, block, 'inventory_file', 'file', [options.inventory_file]);
  refer(context, block, 'galaxy_file', 'file', [options.galaxy_file]);
  for (const name of ['playbook_dir', 'group_vars', 'host_vars'] as const)
    refer(context, block, name, 'directory', [options[name]]);
  for (const name of ['playbook_paths', 'role_paths', 'collection_paths'] as const)
    refer(context, block, name, 'directory', options[name]);
  return {
    kind: 'ansible-local',
    playbookFiles,
    ...some('playbookDir', options.playbook_dir),
    playbookPaths: options.playbook_paths,
    ...some('groupVars', options.group_vars),
    ...some('hostVars', options.host_vars),
    rolePaths: options.role_paths,
    collectionPaths: options.collection_paths,
    command: options.command || 'ANSIBLE_FORCE_COLOR=1 PYTHONUNBUFFERED=1 ansible-playbook',
    extraArguments: options.extra_arguments,
    ...some('inventoryFile', options.inventory_file),
    inventoryGroups: options.inventory_groups,
    ...some('galaxyFile', options.galaxy_file),
    galaxyCommand: options.galaxy_command || 'ansible-galaxy',
    galaxyForceInstall: options.galaxy_force_install,
    ...some('galaxyRolesPath', options.galaxy_roles_path),
    ...some('galaxyCollectionsPath', options.galaxy_collections_path),
    stagingDirectory: options.staging_directory || '/tmp/packer-provisioner-ansible-local',
    cleanStagingDirectory: options.clean_staging_directory,
  };
});
