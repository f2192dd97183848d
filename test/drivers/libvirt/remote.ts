import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NO_BASHRC, SSHD, Sshd } from '../../guest/sshd.ts';
import { AS_A_PERSON, type SystemLibvirt, startLibvirt, type TestLibvirt } from './session.ts';

/** A libvirt that is reached through SSH, with everything of the test's own: sshd, keys, known hosts. */
export interface Remote {
  libvirt: TestLibvirt;
  sshd: Sshd;
  uri: string;
  stop(): Promise<void>;
}

/** Whose libvirt it is; `transport` is libvirt's own way through SSH. */
export async function startRemote(transport: 'ssh' | 'libssh' = 'ssh', lines: string[] = []): Promise<Remote> {
  const libvirt = await startLibvirt();
  // What a login gives to a person: libvirt's helper there finds its socket by it.
  const env = Object.entries(libvirt.env).filter(([name]) => name.startsWith('XDG_'));
  env.push(['PATH', `${helperAsAPerson(libvirt.dir)}:/usr/bin:/bin`]);
  const sshd = await Sshd.start([`${NO_BASHRC} ${env.map(pair => pair.join('=')).join(' ')}`, ...lines]);
  const { keyfile, known_hosts, command } = sshFiles(libvirt.dir, sshd);
  const query = {
    ssh: { keyfile, command },
    libssh: { keyfile, known_hosts, known_hosts_verify: 'normal', sshauth: 'privkey' },
  }[transport];
  const parameters = new URLSearchParams(query);
  return {
    libvirt,
    sshd,
    uri: `qemu+${transport}://${sshd.user}@127.0.0.1:${sshd.port}/session?${decodeURIComponent(`${parameters}`)}`,
    stop: async () => {
      await sshd.stop();
      await libvirt.stop();
    },
  };
}

/** A system's libvirt on networks of its own, to which nothing leads but an sshd there. */
export async function startRemoteSystem(
  libvirt: SystemLibvirt,
  lines: string[],
): Promise<Pick<Remote, 'uri' | 'stop'>> {
  const sshd = await Sshd.start(lines);
  const there = [...libvirt.inside, SSHD, '-i', '-f', path.join(sshd.dir, 'sshd_config')].join(' ');
  const dir = mkdtempSync(path.join(libvirt.dir, 'ssh-'));
  const { keyfile, command } = sshFiles(dir, sshd, [`ProxyCommand ${there}`]);
  return {
    uri: `qemu+ssh://${sshd.user}@127.0.0.1:${sshd.port}/system?keyfile=${keyfile}&command=${command}`,
    stop: () => sshd.stop(),
  };
}

/** libvirt's own helper, for whom root would be the system. */
function helperAsAPerson(dir: string): string {
  const bin = path.join(dir, 'bin');
  mkdirSync(bin);
  const command = [...AS_A_PERSON, '/usr/bin/virt-ssh-helper'].join(' ');
  writeFileSync(path.join(bin, 'virt-ssh-helper'), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  return bin;
}

/**
 * A person's side of SSH; the program is OpenSSH with known hosts of the test's own, which libvirt's URI cannot name.
 * @param options of OpenSSH's
 */
export function sshFiles(dir: string, sshd: Sshd, options: string[] = []) {
  const [keyfile, known_hosts, command] = ['id', 'known_hosts', 'ssh'].map(name => path.join(dir, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(keyfile, sshd.keys.clientKey.privateKey, { mode: 0o600 });
  writeFileSync(known_hosts, `[127.0.0.1]:${sshd.port} ${sshd.keys.hostKey.publicLine}\n`);
  const own = `-F none -o IdentityAgent=none -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${known_hosts}`;
  const given = options.map(option => `-o '${option}'`).join(' ');
  writeFileSync(command, `#!/bin/sh\nexec ssh ${own} ${given} "$@"\n`, { mode: 0o755 });
  return { keyfile, known_hosts, command };
}
