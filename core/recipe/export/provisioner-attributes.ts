import type { Provisioner, ProvisionerPolicy } from '../../model/recipe.ts';
import { powershellCommand } from '../options/provisioners/windows.ts';
import { duration } from './source-attributes.ts';
import type { Attributes, HclValue } from './write-hcl.ts';

type Kind = Provisioner['kind'];
type OfKind<K extends Kind> = Extract<Provisioner, { kind: K }>;

const unless = <T>(value: T, usual: T): T | undefined => (value === usual ? undefined : value);
const list = (items: readonly string[]): readonly string[] | undefined => (items.length > 0 ? items : undefined);
const flag = (value: boolean): boolean | undefined => value || undefined;
const time = (ms: number, usual = 0): string | undefined => (ms === usual ? undefined : duration(ms));
const pairs = (environment: Record<string, string>): readonly string[] | undefined =>
  list(Object.entries(environment).map(([name, value]) => `${name}=${value}`));
const codes = (valid: number[]): readonly HclValue[] | undefined =>
  valid.length === 1 && valid[0] === 0 ? undefined : valid;

const START_RETRY_MS = 300_000;

/** The options of each kind, by Packer's names; what is Packer's default is left out. */
const ATTRIBUTES: { [K in Kind]: (it: OfKind<K>) => Attributes } = {
  shell: it => [
    ['inline', list(it.inline)],
    ['inline_shebang', it.inline.length > 0 ? unless(it.inlineShebang, '/bin/sh -e') : undefined],
    ['scripts', list(it.scripts)],
    ['environment_vars', pairs(it.environment)],
    ['execute_command', unless(it.executeCommand, defaultCommand(it.useEnvVarFile))],
    ['use_env_var_file', flag(it.useEnvVarFile)],
    ['env_var_format', it.envVarFormat],
    ['remote_folder', unless(it.remoteFolder, '/tmp')],
    ['remote_file', it.remoteFile],
    ['remote_path', it.remotePath],
    ['skip_clean', flag(it.skipClean)],
    ['binary', flag(it.binary)],
    ['expect_disconnect', flag(it.expectDisconnect)],
    ['start_retry_timeout', time(it.startRetryTimeoutMs, START_RETRY_MS)],
    ['pause_after', time(it.pauseAfterMs)],
    ['valid_exit_codes', codes(it.validExitCodes)],
  ],
  file: it => [
    ['sources', it.sources.length > 1 ? it.sources : undefined],
    ['source', it.sources.length === 1 ? it.sources[0] : undefined],
    ['content', it.content],
    ['destination', it.destination],
    ['direction', unless<string>(it.direction, 'upload')],
    ['generated', flag(it.generated)],
  ],
  'shell-local': it => [
    ['command', it.command],
    ['inline', list(it.inline)],
    ['inline_shebang', it.inline.length > 0 ? unless(it.inlineShebang, '/bin/sh -e') : undefined],
    ['scripts', list(it.scripts)],
    ['environment_vars', pairs(it.environment)],
    ['execute_command', it.executeCommand.at(-1) === '{{.Vars}} {{.Script}}' ? undefined : it.executeCommand],
    ['valid_exit_codes', codes(it.validExitCodes)],
    ['only_on', list(it.onlyOn)],
  ],
  ansible: it => [
    ['playbook_file', it.playbookFile],
    ['command', unless(it.command, 'ansible-playbook')],
    ['extra_arguments', list(it.extraArguments)],
    ['ansible_env_vars', pairs(it.environment)],
    ['user', it.user],
    ['groups', list(it.groups)],
    ['empty_groups', list(it.emptyGroups)],
    ['host_alias', unless(it.hostAlias, 'default')],
    ['inventory_directory', it.inventoryDirectory],
    ['inventory_file', it.inventoryFile],
    ['inventory_file_template', it.inventoryFileTemplate],
    ['keep_inventory_file', flag(it.keepInventoryFile)],
    ['galaxy_file', it.galaxyFile],
    ['galaxy_command', unless(it.galaxyCommand, 'ansible-galaxy')],
    ['galaxy_force_install', flag(it.galaxyForceInstall)],
    ['roles_path', it.rolesPath],
    ['collections_path', it.collectionsPath],
    ['use_proxy', it.useProxy ? undefined : false],
    ['sftp_command', it.sftpCommand],
    ['skip_version_check', flag(it.skipVersionCheck)],
  ],
  'ansible-local': it => [
    ['playbook_file', it.playbookFiles.length === 1 ? it.playbookFiles[0] : undefined],
    ['playbook_files', it.playbookFiles.length === 1 ? undefined : list(it.playbookFiles)],
    ['playbook_dir', it.playbookDir],
    ['playbook_paths', list(it.playbookPaths)],
    ['group_vars', it.groupVars],
    ['host_vars', it.hostVars],
    ['role_paths', list(it.rolePaths)],
    ['collection_paths', list(it.collectionPaths)],
    ['command', it.command],
    ['extra_arguments', list(it.extraArguments)],
    ['inventory_file', it.inventoryFile],
    ['inventory_groups', list(it.inventoryGroups)],
    ['galaxy_file', it.galaxyFile],
    ['galaxy_command', unless(it.galaxyCommand, 'ansible-galaxy')],
    ['galaxy_roles_path', it.galaxyRolesPath],
    ['galaxy_collections_path', it.galaxyCollectionsPath],
    ['staging_directory', it.stagingDirectory.includes('{{') ? undefined : it.stagingDirectory],
    ['clean_staging_directory', flag(it.cleanStagingDirectory)],
  ],
  breakpoint: it => [
    ['note', unless(it.note, '')],
    ['disable', flag(it.disable)],
  ],
  sleep: it => [['duration', duration(it.durationMs)]],
  powershell: it => [
    ['inline', list(it.inline)],
    ['scripts', list(it.scripts)],
    ['environment_vars', pairs(it.environment)],
    ['env_var_format', it.envVarFormat],
    ['execute_command', unless(it.executeCommand, usualPowershell(it.inline.length > 0))],
    ['remote_path', it.remotePath],
    ['elevated_user', it.elevatedUser],
    ['elevated_password', it.elevatedPassword],
    ['elevated_execute_command', it.elevatedExecuteCommand],
    ['skip_clean', flag(it.skipClean)],
    ['start_retry_timeout', time(it.startRetryTimeoutMs, START_RETRY_MS)],
    ['pause_after', time(it.pauseAfterMs)],
    ['valid_exit_codes', codes(it.validExitCodes)],
  ],
  'windows-shell': it => [
    ['inline', list(it.inline)],
    ['scripts', list(it.scripts)],
    ['environment_vars', pairs(it.environment)],
    ['env_var_format', it.envVarFormat],
    ['execute_command', unless(it.executeCommand, '{{.Vars}}"{{.Path}}"')],
    ['remote_path', unless(it.remotePath, 'c:/Windows/Temp/script.bat')],
    ['start_retry_timeout', time(it.startRetryTimeoutMs, START_RETRY_MS)],
    ['valid_exit_codes', codes(it.validExitCodes)],
  ],
  'windows-update': it => [
    ['search_criteria', it.searchCriteria],
    ['filters', list(it.filters)],
    ['update_limit', unless(it.updateLimit, 1000)],
    ['username', it.username],
    ['password', it.password],
    ['restart_timeout', duration(it.restartTimeoutMs)],
  ],
  'windows-restart': it => [
    ['restart_command', unless(it.restartCommand, 'shutdown /r /f /t 0 /c "packer restart"')],
    ['restart_timeout', time(it.restartTimeoutMs, START_RETRY_MS)],
    ['restart_check_command', it.checkCommand],
    ['check_registry', flag(it.checkRegistry)],
    ['registry_keys', it.checkRegistry ? list(it.registryKeys) : undefined],
  ],
};

const defaultCommand = (usesFile: boolean): string =>
  usesFile ? 'chmod +x {{.Path}}; . {{.EnvVarFile}} && {{.Path}}' : 'chmod +x {{.Path}}; {{.Vars}} {{.Path}}';

const usualPowershell = (isInline: boolean): string =>
  powershellCommand({ isPwsh: false, policy: 'bypass', trace: 0, isInline });

export const provisionerAttributes = (it: Provisioner): Attributes => [
  ...(ATTRIBUTES[it.kind] as (it: Provisioner) => Attributes)(it),
  ...policyAttributes(it),
];

const policyAttributes = (it: ProvisionerPolicy): Attributes => [
  ['pause_before', time(it.pauseBeforeMs)],
  ['max_retries', it.maxRetries || undefined],
  ['timeout', it.timeoutMs === undefined ? undefined : duration(it.timeoutMs)],
  ['continue_on_error', flag(it.continueOnError)],
];
