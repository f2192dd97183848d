import { createGunzip } from 'node:zlib';
import { tarMembers } from '../../media/tar-members.ts';
import type { Findings } from './findings.ts';

/** What `docker import` and whoever starts a shell in it need: a whole archive, names below its root, a system in it. */
export async function checkDocker(file: string): Promise<Findings> {
  const names = new Set<string>();
  const found: string[] = [];
  try {
    for await (const entry of tarMembers(file, { through: [createGunzip()] })) {
      const { name } = entry.header;
      if (name.startsWith('/') || name.split('/').includes('..')) found.push(`its member ${name} leads out of it`);
      names.add(name.replace(/^\.\//, '').replace(/\/$/, ''));
      entry.resume();
    }
  } catch {
    return ['it is no whole tar archive in gzip'];
  }
  if (!['etc/os-release', 'usr/lib/os-release'].some(name => names.has(name))) found.push('it holds no os-release');
  if (!['bin/sh', 'usr/bin/sh'].some(name => names.has(name))) found.push('it holds no shell');
  return found;
}
