import path from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';
import { QEMU_URI } from '../../model/lab.ts';

/**
 * Where a libvirt's machines run, seen from here.
 * session: as ourselves, so that they read and write our files and sockets.
 * system: on this host, as somebody else.
 * remote: on another host.
 */
export type Place = 'session' | 'system' | 'remote';

export const DEFAULT_URI = 'qemu:///session';

/** By the URI alone (libvirt.org/uri.html). Root has no session of its own: libvirt gives it the system's daemon. */
export function placeOf(uri: string, uid: number = process.getuid?.() ?? 0): Place {
  const match = /^[a-z]+(?:\+([a-z0-9]+))?:\/\/([^/]*)(\/[^?]*)?/.exec(uri);
  const [, transport, authority = '', where = ''] = match ?? [];
  if (authority !== '' || (transport !== undefined && transport !== 'unix')) return 'remote';
  return where === '/session' && (uid !== 0 || transport === 'unix') ? 'session' : 'system';
}

/** @throws GoldsmithError `usage`: libvirt would take it for another hypervisor's, or not know it */
export function requireQemu(uri: string): void {
  if (QEMU_URI.test(uri)) return;
  throw new GoldsmithError('usage', `"${uri}" names no libvirt of QEMU.`, {
    hint: 'Such are qemu:///session, qemu:///system, qemu+ssh://USER@HOST/system and qemu+tcp://HOST/system.',
  });
}

/** Where the session's libvirt keeps what it knows of a domain that runs (XDG base directories). */
export const sessionFiles = (name: string, env: NodeJS.ProcessEnv = process.env) => ({
  pid: path.join(env['XDG_RUNTIME_DIR'] ?? path.join(env['HOME'] ?? '/', '.cache'), 'libvirt/qemu/run', `${name}.pid`),
  /** QEMU's own words, and its command line. */
  log: path.join(env['XDG_CACHE_HOME'] ?? path.join(env['HOME'] ?? '/', '.cache'), 'libvirt/qemu/log', `${name}.log`),
});

/** How OpenSSH reaches the host of a libvirt. */
export interface SshTarget {
  /** The program, as libvirt's URI may name it. */
  command: string;
  /** What libvirt, too, gives to ssh. */
  args: string[];
  host: string;
}

const SSH_TRANSPORTS: ReadonlySet<string> = new Set(['ssh', 'libssh', 'libssh2']);

/** The parameters of a URI that are options of ssh (libvirt.org/uri.html, "ssh transport" and "libssh transport"). */
const SSH_OPTIONS: Record<string, (value: string) => string[]> = {
  keyfile: value => ['-i', value, '-o', 'IdentitiesOnly=yes'],
  known_hosts: value => ['-o', `UserKnownHostsFile=${value}`],
  no_verify: value => (value === '0' ? [] : ['-o', 'StrictHostKeyChecking=no']),
};

/** Undefined: the URI does not go through SSH. */
export function sshTargetOf(uri: string): SshTarget | undefined {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const transport = url?.protocol.match(/\+([a-z0-9]+):$/)?.[1];
  if (!url || transport === undefined || !SSH_TRANSPORTS.has(transport)) return undefined;
  const options = Object.entries(SSH_OPTIONS).flatMap(([name, args]) => {
    const value = url.searchParams.get(name);
    return value === null ? [] : args(value);
  });
  return {
    command: url.searchParams.get('command') ?? 'ssh',
    args: [
      ...(url.port === '' ? [] : ['-p', url.port]),
      ...(url.username === '' ? [] : ['-l', decodeURIComponent(url.username)]),
      ...options,
    ],
    host: url.hostname.replace(/^\[|\]$/g, ''),
  };
}

/** A libvirt that is reached over the network itself (libvirt.org/uri.html, "tls transport" and "tcp transport"). */
export interface NetworkHost {
  host: string;
  isEncrypted: boolean;
}

/** Undefined: the URI is of this host, or goes through something else. TLS is what libvirt takes for a mere host. */
export function networkHostOf(uri: string): NetworkHost | undefined {
  const [, transport = 'tls', authority] = /^[a-z]+(?:\+([a-z0-9]+))?:\/\/([^/]+)/.exec(uri) ?? [];
  if (authority === undefined || (transport !== 'tls' && transport !== 'tcp')) return undefined;
  const host = authority
    .replace(/^.*@/, '')
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '');
  return { host, isEncrypted: transport === 'tls' };
}

/** What a person is warned of before anything is sent there; undefined: nothing. */
export function warningOf(uri: string): { message: string; hint: string } | undefined {
  if (networkHostOf(uri)?.isEncrypted !== false) return undefined;
  return {
    message: `The connection to ${uri} is not encrypted: who is on the network reads and changes disks, answers and keys.`,
    hint: 'Use qemu+ssh://USER@HOST/system, unless that network is yours alone.',
  };
}
