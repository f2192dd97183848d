import path from 'node:path';

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

/** Where the session's libvirt keeps what it knows of a domain that runs (XDG base directories). */
export const sessionFiles = (name: string, env: NodeJS.ProcessEnv = process.env) => ({
  pid: path.join(env['XDG_RUNTIME_DIR'] ?? path.join(env['HOME'] ?? '/', '.cache'), 'libvirt/qemu/run', `${name}.pid`),
  /** QEMU's own words, and its command line. */
  log: path.join(env['XDG_CACHE_HOME'] ?? path.join(env['HOME'] ?? '/', '.cache'), 'libvirt/qemu/log', `${name}.log`),
});
