import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { run } from '../../exec.ts';
import type { HostKeyRule } from '../host-key.ts';

/** How known_hosts names a server: the port stands there only where it is another one. */
export const knownHostName = (host: string, port: number): string => (port === 22 ? host : `[${host}]:${port}`);

/**
 * Which keys a host of the user's may show: those of known_hosts; where it is in none, the first it shows. A host of
 * which only a revoked key or an authority is known is trusted with no key at all.
 * OpenSSH's own program reads the files: names may be hashed, patterns or lists.
 */
export async function knownHostKeys(
  host: string,
  port: number,
  files = [path.join(homedir(), '.ssh/known_hosts'), '/etc/ssh/ssh_known_hosts'],
): Promise<HostKeyRule> {
  const name = knownHostName(host, port);
  const found = (await Promise.all(files.map(file => linesOf(name, file)))).flat();
  if (found.length === 0) return 'trust-first';
  return { pinned: found.filter(line => !line.startsWith('@')).map(line => line.split(/\s+/).slice(1).join(' ')) };
}

async function linesOf(name: string, file: string): Promise<string[]> {
  const isThere = await stat(file).catch(() => undefined);
  if (!isThere) return [];
  const { stdout } = await run('ssh-keygen', ['-F', name, '-f', file], { okExitCodes: [0, 1] });
  return stdout.split('\n').filter(line => line !== '' && !line.startsWith('#'));
}
