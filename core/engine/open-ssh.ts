import type { SshTarget } from '../drivers/libvirt/uri.ts';

export interface SshPlace {
  host: string;
  port: number;
  user: string;
  /** Files: the private key, and the host keys that were seen. */
  key: string;
  knownHosts: string;
  /** The host from which the machine is reached; missing: this one. */
  through?: SshTarget;
}

/** OpenSSH with a machine's own key and host key, and nothing of the user's own set-up. */
export function openSsh({ host, port, user, key, knownHosts, through }: SshPlace, command: string[]): string[] {
  const options = [
    'IdentitiesOnly=yes',
    'ForwardAgent=no',
    `UserKnownHostsFile="${knownHosts}"`,
    'StrictHostKeyChecking=accept-new',
    ...(through ? [`ProxyCommand=${proxyCommand(through)}`] : []),
  ];
  return [
    'ssh',
    '-F',
    'none',
    '-i',
    key,
    ...options.flatMap(option => ['-o', option]),
    '-p',
    String(port),
    `${user}@${host}`,
    ...command,
  ];
}

/** A line for the shell that OpenSSH runs it in; `%h` and `%p` are the machine as that host sees it. */
const proxyCommand = ({ command, args, host }: SshTarget): string =>
  [
    ...[command, ...args, '-W'].map(word => `'${word.replaceAll("'", "'\\''").replaceAll('%', '%%')}'`),
    '%h:%p',
    host,
  ].join(' ');
