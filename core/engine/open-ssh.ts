export interface SshPlace {
  host: string;
  port: number;
  user: string;
  /** Files: the private key, and the host keys that were seen. */
  key: string;
  knownHosts: string;
}

/** OpenSSH with a machine's own key and host key, and nothing of the user's own set-up. */
export function openSsh({ host, port, user, key, knownHosts }: SshPlace, command: string[]): string[] {
  const options = [
    'IdentitiesOnly=yes',
    'ForwardAgent=no',
    `UserKnownHostsFile="${knownHosts}"`,
    'StrictHostKeyChecking=accept-new',
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
