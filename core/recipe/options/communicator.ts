import type { Communicator } from '../../model/recipe.ts';
import type { COMMUNICATOR_OPTIONS } from './communicator-options.ts';
import { optionError } from './option-error.ts';
import type { Decoded, RawBlock } from './schema.ts';
import { wayOf } from './ssh-way.ts';

export type CommunicatorOptions = Decoded<typeof COMMUNICATOR_OPTIONS>;

const MINUTE_MS = 60_000;
const DEFAULT_ATTEMPTS = 10;

/** How the guest is reached, with Packer's defaults. @throws GoldsmithError `bad-recipe` for what is missing. */
export function communicatorOf(options: CommunicatorOptions, block: RawBlock): Communicator {
  const kind = options.communicator || 'ssh';
  if (kind === 'none') return { kind: 'none' };
  return kind === 'winrm' ? winrm(options, block) : ssh(options, block);
}

function ssh(options: CommunicatorOptions, block: RawBlock): Communicator {
  if (!options.ssh_username)
    throw optionError(
      block,
      'ssh_username',
      'An "ssh_username" is required to log in to the guest.',
      'Or set communicator = "none".',
    );
  const isUnlimited = !options.ssh_timeout && !options.ssh_handshake_attempts;
  return {
    kind: 'ssh',
    username: options.ssh_username,
    ...(options.ssh_password ? { password: options.ssh_password } : {}),
    ...(options.ssh_private_key_file ? { privateKeyFile: options.ssh_private_key_file } : {}),
    ...(options.ssh_host ? { host: options.ssh_host } : {}),
    port: options.ssh_port || 22,
    timeoutMs: options.ssh_timeout || 5 * MINUTE_MS,
    handshakeAttempts: isUnlimited ? DEFAULT_ATTEMPTS : (options.ssh_handshake_attempts ?? 0),
    pty: options.ssh_pty,
    pauseBeforeConnectingMs: options.pause_before_connecting ?? 0,
    fileTransferMethod: options.ssh_file_transfer_method === 'sftp' ? 'sftp' : 'scp',
    clearAuthorizedKeys: options.ssh_clear_authorized_keys,
    agentAuth: options.ssh_agent_auth,
    ...wayOf(options, block),
  };
}

function winrm(options: CommunicatorOptions, block: RawBlock): Communicator {
  if (!options.winrm_username)
    throw optionError(block, 'winrm_username', 'A "winrm_username" is required to log in to the guest.');
  return {
    kind: 'winrm',
    username: options.winrm_username,
    password: options.winrm_password ?? '',
    ...(options.winrm_host ? { host: options.winrm_host } : {}),
    port: options.winrm_port || (options.winrm_use_ssl ? 5986 : 5985),
    timeoutMs: options.winrm_timeout || 30 * MINUTE_MS,
    pauseBeforeConnectingMs: options.pause_before_connecting ?? 0,
    useSsl: options.winrm_use_ssl,
    insecure: options.winrm_insecure,
    useNtlm: options.winrm_use_ntlm,
  };
}
