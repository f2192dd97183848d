import type { OptionTable } from '../schema.ts';
import { environmentOf } from './environment.ts';
import { KEPT, provisionerKind, refer, wrongOption } from './kind.ts';
import { exitCodes, SCRIPT_OPTIONS, scriptsOf } from './scripts.ts';

const START_RETRY_MS = 300_000;

const SHELL_OPTIONS = {
  ...SCRIPT_OPTIONS,
  binary: { kind: 'flag', default: false },
  remote_path: { kind: 'text', ...KEPT },
  execute_command: { kind: 'text', ...KEPT },
  inline_shebang: { kind: 'text', ...KEPT },
  pause_after: { kind: 'duration' },
  use_env_var_file: { kind: 'flag', default: false },
  remote_folder: { kind: 'text', ...KEPT },
  remote_file: { kind: 'text', ...KEPT },
  start_retry_timeout: { kind: 'duration' },
  skip_clean: { kind: 'flag', default: false },
  expect_disconnect: { kind: 'flag', default: false },
} as const satisfies OptionTable;

const EXECUTE = 'chmod +x {{.Path}}; {{.Vars}} {{.Path}}';
const EXECUTE_WITH_FILE = 'chmod +x {{.Path}}; . {{.EnvVarFile}} && {{.Path}}';

export const readShell = provisionerKind(SHELL_OPTIONS, (options, block, context) => ({
  kind: 'shell',
  ...scriptsOf(options, block, context),
  inlineShebang: options.inline_shebang || '/bin/sh -e',
  environment: environmentOf(options, block),
  executeCommand: options.execute_command || (options.use_env_var_file ? EXECUTE_WITH_FILE : EXECUTE),
  useEnvVarFile: options.use_env_var_file,
  ...(options.env_var_format ? { envVarFormat: options.env_var_format } : {}),
  remoteFolder: options.remote_folder || '/tmp',
  ...(options.remote_file ? { remoteFile: options.remote_file } : {}),
  ...(options.remote_path ? { remotePath: options.remote_path } : {}),
  skipClean: options.skip_clean,
  binary: options.binary,
  expectDisconnect: options.expect_disconnect,
  startRetryTimeoutMs: options.start_retry_timeout || START_RETRY_MS,
  pauseAfterMs: options.pause_after ?? 0,
  validExitCodes: exitCodes(options.valid_exit_codes),
}));

const SHELL_LOCAL_OPTIONS = {
  ...SCRIPT_OPTIONS,
  command: { kind: 'text', ...KEPT },
  execute_command: { kind: 'texts', default: [], ...KEPT },
  inline_shebang: { kind: 'text', ...KEPT },
  only_on: { kind: 'texts', default: [] },
  tempfile_extension: { kind: 'text', ignored: '' },
  use_linux_pathing: { kind: 'flag', ignored: '' },
} as const satisfies OptionTable;

/** Packer's own `execute_command` of `shell-local`. */
export const EXECUTE_LOCALLY: readonly string[] = ['/bin/sh', '-c', '{{.Vars}} {{.Script}}'];

const SYSTEMS = ['darwin', 'freebsd', 'linux', 'openbsd', 'solaris', 'windows'];

export const readShellLocal = provisionerKind(SHELL_LOCAL_OPTIONS, (options, block, context) => {
  const hasScripts = options.inline.length > 0 || options.scripts.length > 0 || Boolean(options.script);
  if (options.command && hasScripts)
    throw wrongOption(block, 'command', 'Only one of "command", "inline", "script" and "scripts" can be set.');
  const stranger = options.only_on.find(system => !SYSTEMS.includes(system));
  if (stranger)
    throw wrongOption(block, 'only_on', `"${stranger}" is no system Packer runs on.`, `Known: ${SYSTEMS.join(', ')}.`);
  return {
    kind: 'shell-local',
    ...(options.command ? { inline: [], scripts: [], command: options.command } : scriptsOf(options, block, context)),
    inlineShebang: options.inline_shebang || '/bin/sh -e',
    environment: environmentOf(options, block),
    executeCommand: options.execute_command.length > 0 ? options.execute_command : [...EXECUTE_LOCALLY],
    validExitCodes: exitCodes(options.valid_exit_codes),
    onlyOn: options.only_on,
  };
});

const FILE_OPTIONS = {
  content: { kind: 'text', ...KEPT },
  source: { kind: 'text', ...KEPT },
  sources: { kind: 'texts', default: [], ...KEPT },
  destination: { kind: 'text', ...KEPT },
  direction: { kind: 'text', oneOf: ['upload', 'download'] },
  generated: { kind: 'flag', default: false },
} as const satisfies OptionTable;

export const readFile = provisionerKind(FILE_OPTIONS, (options, block, context) => {
  const sources = options.source ? [...options.sources, options.source] : options.sources;
  const direction = options.direction === 'download' ? 'download' : 'upload';
  if (!options.destination) throw wrongOption(block, 'destination', 'A "destination" is required.');
  if (sources.length > 0 && options.content)
    throw wrongOption(block, 'content', 'Only one of "source" and "content" can be set.');
  if (sources.length === 0 && options.content === undefined)
    throw wrongOption(block, 'source', 'A "source", "sources" or "content" is required.');
  if (direction === 'upload' && !options.generated)
    refer(context, block, options.source ? 'source' : 'sources', 'any', sources);
  return {
    kind: 'file',
    sources,
    ...(sources.length === 0 ? { content: options.content ?? '' } : {}),
    destination: options.destination,
    direction,
    generated: options.generated,
  };
});
