import type { Bastion, SocksProxy, Tunnel } from '../../model/recipe.ts';
import type { CommunicatorOptions } from './communicator.ts';
import { optionError } from './option-error.ts';
import type { RawBlock } from './schema.ts';

export interface SshWay {
  bastion?: Bastion;
  proxy?: SocksProxy;
  localTunnels: Tunnel[];
  remoteTunnels: Tunnel[];
}

/** On what way SSH reaches the guest, and what else goes that way. @throws GoldsmithError `bad-recipe` */
export function wayOf(options: CommunicatorOptions, block: RawBlock): SshWay {
  if (options.ssh_bastion_host && options.ssh_proxy_host)
    throw optionError(block, 'ssh_proxy_host', 'Only one of "ssh_bastion_host" and "ssh_proxy_host" can be set.');
  return {
    ...bastionOf(options, block),
    ...proxyOf(options),
    localTunnels: tunnelsOf('ssh_local_tunnels', options, block),
    remoteTunnels: tunnelsOf('ssh_remote_tunnels', options, block),
  };
}

function bastionOf(options: CommunicatorOptions, block: RawBlock): { bastion?: Bastion } {
  if (!options.ssh_bastion_host) return {};
  const privateKeyFile = options.ssh_bastion_private_key_file || options.ssh_private_key_file;
  const means = [
    options.ssh_bastion_password,
    privateKeyFile,
    options.ssh_bastion_agent_auth,
    options.ssh_bastion_interactive,
  ];
  if (!means.some(Boolean)) {
    throw optionError(
      block,
      'ssh_bastion_host',
      'The bastion host needs "ssh_bastion_password", "ssh_bastion_private_key_file", "ssh_bastion_agent_auth" or "ssh_bastion_interactive".',
    );
  }
  return {
    bastion: {
      host: options.ssh_bastion_host,
      port: options.ssh_bastion_port || 22,
      username: options.ssh_bastion_username ?? '',
      ...(options.ssh_bastion_password ? { password: options.ssh_bastion_password } : {}),
      ...(privateKeyFile ? { privateKeyFile } : {}),
      agentAuth: options.ssh_bastion_agent_auth,
      interactive: options.ssh_bastion_interactive,
    },
  };
}

function proxyOf(options: CommunicatorOptions): { proxy?: SocksProxy } {
  if (!options.ssh_proxy_host) return {};
  return {
    proxy: {
      host: options.ssh_proxy_host,
      port: options.ssh_proxy_port || 1080,
      // As in Packer: a password without a name is not sent.
      ...(options.ssh_proxy_username
        ? { username: options.ssh_proxy_username, password: options.ssh_proxy_password ?? '' }
        : {}),
    },
  };
}

/** `PORT:HOST:PORT`; an IPv6 address stands in brackets. */
const TUNNEL = /^(\d{1,5}):(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i;

function tunnelsOf(
  option: 'ssh_local_tunnels' | 'ssh_remote_tunnels',
  options: CommunicatorOptions,
  block: RawBlock,
): Tunnel[] {
  return options[option].map(text => {
    const [, port = '', inBrackets, host = inBrackets ?? '', toPort = ''] = TUNNEL.exec(text) ?? [];
    const ports = [Number(port), Number(toPort)];
    if (port === '' || ports.some(one => one < 1 || one > 65_535))
      throw optionError(
        block,
        option,
        `"${option}": ${JSON.stringify(text)} is no tunnel.`,
        'One is "8080:localhost:80".',
      );
    return { port: Number(port), toHost: host, toPort: Number(toPort) };
  });
}
