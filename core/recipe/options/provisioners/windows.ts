import type { OptionTable } from '../schema.ts';
import { environmentOf } from './environment.ts';
import { KEPT, provisionerKind, wrongOption } from './kind.ts';
import { exitCodes, SCRIPT_OPTIONS, scriptsOf } from './scripts.ts';

const START_RETRY_MS = 300_000;
const POLICIES = ['bypass', 'allsigned', 'default', 'remotesigned', 'restricted', 'undefined', 'unrestricted', 'none'];

const POWERSHELL_OPTIONS = {
  ...SCRIPT_OPTIONS,
  binary: { kind: 'flag', ignored: '' },
  remote_path: { kind: 'text', ...KEPT },
  execute_command: { kind: 'text', ...KEPT },
  remote_env_var_path: { kind: 'text', ignored: '' },
  elevated_execute_command: { kind: 'text', ...KEPT },
  elevated_env_var_format: { kind: 'text', ignored: '' },
  skip_clean: { kind: 'flag', default: false },
  start_retry_timeout: { kind: 'duration' },
  elevated_user: { kind: 'text', ...KEPT },
  elevated_password: { kind: 'text', ...KEPT },
  execution_policy: { kind: 'text' },
  debug_mode: { kind: 'count', least: 0, most: 2 },
  pause_after: { kind: 'duration' },
  use_pwsh: { kind: 'flag', default: false },
} as const satisfies OptionTable;

const QUIET =
  "& { if (Test-Path variable:global:ProgressPreference){set-variable -name variable:global:ProgressPreference -value 'SilentlyContinue'};";

export interface PowershellCommand {
  isPwsh: boolean;
  policy: string;
  trace: number;
  isInline: boolean;
}

/** Packer's own command lines for lines and for scripts. */
export function powershellCommand({ isPwsh, policy, trace, isInline }: PowershellCommand): string {
  const shell = isPwsh ? 'pwsh' : 'powershell';
  if (isInline) return policy === 'none' ? '-file {{.Path}}' : `${shell} -executionpolicy ${policy} -file {{.Path}}`;
  const debug = trace === 0 ? '' : `Set-PsDebug -Trace ${trace};`;
  const command = `${QUIET}${debug}. {{.Vars}}; &'{{.Path}}'; exit $LastExitCode }`;
  if (policy === 'none') return command;
  return `${shell} -executionpolicy ${policy} ${isPwsh ? '-command ' : ''}"${command}"`;
}

export const readPowershell = provisionerKind(POWERSHELL_OPTIONS, (options, block, context) => {
  const policy = (options.execution_policy || 'bypass').toLowerCase();
  if (!POLICIES.includes(policy))
    throw wrongOption(
      block,
      'execution_policy',
      `"${policy}" is no execution policy.`,
      `Known: ${POLICIES.join(', ')}.`,
    );
  if (options.elevated_password && !options.elevated_user)
    throw wrongOption(block, 'elevated_password', '"elevated_password" needs an "elevated_user".');
  const scripts = scriptsOf(options, block, context);
  const command = powershellCommand({
    isPwsh: options.use_pwsh,
    policy,
    trace: options.debug_mode ?? 0,
    isInline: scripts.scripts.length === 0,
  });
  return {
    kind: 'powershell',
    ...scripts,
    environment: environmentOf(options, block),
    ...(options.env_var_format ? { envVarFormat: options.env_var_format } : {}),
    executeCommand: options.execute_command || command,
    ...(options.remote_path ? { remotePath: options.remote_path } : {}),
    ...(options.elevated_user ? { elevatedUser: options.elevated_user } : {}),
    ...(options.elevated_password ? { elevatedPassword: options.elevated_password } : {}),
    ...(options.elevated_execute_command ? { elevatedExecuteCommand: options.elevated_execute_command } : {}),
    skipClean: options.skip_clean,
    startRetryTimeoutMs: options.start_retry_timeout || START_RETRY_MS,
    pauseAfterMs: options.pause_after ?? 0,
    validExitCodes: exitCodes(options.valid_exit_codes),
  };
});

const WINDOWS_SHELL_OPTIONS = {
  ...SCRIPT_OPTIONS,
  binary: { kind: 'flag', ignored: '' },
  remote_path: { kind: 'text', ...KEPT },
  execute_command: { kind: 'text', ...KEPT },
  start_retry_timeout: { kind: 'duration' },
} as const satisfies OptionTable;

export const readWindowsShell = provisionerKind(WINDOWS_SHELL_OPTIONS, (options, block, context) => ({
  kind: 'windows-shell',
  ...scriptsOf(options, block, context),
  environment: environmentOf(options, block),
  ...(options.env_var_format ? { envVarFormat: options.env_var_format } : {}),
  executeCommand: options.execute_command || '{{.Vars}}"{{.Path}}"',
  remotePath: options.remote_path || 'c:/Windows/Temp/script.bat',
  startRetryTimeoutMs: options.start_retry_timeout || START_RETRY_MS,
  validExitCodes: exitCodes(options.valid_exit_codes),
}));

const WINDOWS_RESTART_OPTIONS = {
  restart_command: { kind: 'text', ...KEPT },
  restart_check_command: { kind: 'text', ...KEPT },
  restart_timeout: { kind: 'duration' },
  check_registry: { kind: 'flag', default: false },
  registry_keys: { kind: 'texts', default: [], ...KEPT },
} as const satisfies OptionTable;

const SERVICING = 'Microsoft\\Windows\\CurrentVersion\\Component Based Servicing';
const REGISTRY_KEYS = [
  `HKLM:SOFTWARE\\${SERVICING}\\RebootPending`,
  `HKLM:SOFTWARE\\${SERVICING}\\PackagesPending`,
  `HKLM:Software\\${SERVICING}\\RebootInProgress`,
];

export const readWindowsRestart = provisionerKind(WINDOWS_RESTART_OPTIONS, options => ({
  kind: 'windows-restart',
  restartCommand: options.restart_command || 'shutdown /r /f /t 0 /c "packer restart"',
  restartTimeoutMs: options.restart_timeout || 300_000,
  ...(options.restart_check_command ? { checkCommand: options.restart_check_command } : {}),
  checkRegistry: options.check_registry,
  registryKeys: options.registry_keys.length > 0 ? options.registry_keys : REGISTRY_KEYS,
}));

const WINDOWS_UPDATE_OPTIONS = {
  search_criteria: { kind: 'text', template: 'raw' },
  filters: { kind: 'texts', default: [], template: 'raw' },
  update_limit: { kind: 'count', least: 0 },
  update_max_retries: { kind: 'count', ignored: '' },
  username: { kind: 'text', ...KEPT },
  password: { kind: 'text', ...KEPT },
  restart_timeout: { kind: 'duration' },
} as const satisfies OptionTable;

const RESTART_AFTER_UPDATES_MS = 14_400_000;

/** Options and defaults of the plugin rgl/windows-update 0.16. */
export const readWindowsUpdate = provisionerKind(WINDOWS_UPDATE_OPTIONS, (options, block) => {
  const wrong = options.filters.find(filter => !/^(include|exclude):/.test(filter));
  if (wrong !== undefined)
    throw wrongOption(block, 'filters', `${JSON.stringify(wrong)} begins with neither "include:" nor "exclude:".`);
  return {
    kind: 'windows-update',
    searchCriteria: options.search_criteria || 'BrowseOnly=0 and IsInstalled=0',
    filters: options.filters.length > 0 ? options.filters : ['include:$true'],
    updateLimit: options.update_limit || 1000,
    ...(options.username ? { username: options.username } : {}),
    ...(options.password ? { password: options.password } : {}),
    restartTimeoutMs: options.restart_timeout || RESTART_AFTER_UPDATES_MS,
  };
});
