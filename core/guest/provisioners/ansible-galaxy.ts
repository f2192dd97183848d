import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { run } from '../../exec.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { AnsibleProvisioner } from '../../model/recipe.ts';
import type { Job } from './job.ts';

/** What a requirements file asks for. A bare list is the old form and names roles. */
export function requirementsIn(text: string): ('role' | 'collection')[] {
  const content: unknown = parse(text);
  if (Array.isArray(content)) return ['role'];
  if (!(content instanceof Object)) return [];
  return (['role', 'collection'] as const).filter(kind => `${kind}s` in content);
}

/** Installs roles and collections of the recipe's `galaxy_file` on this host, each where the recipe wants it. */
export async function installFromGalaxy(
  job: Job,
  options: AnsibleProvisioner,
  environment: Record<string, string>,
): Promise<void> {
  if (options.galaxyFile === undefined) return;
  const file = job.path(options.galaxyFile);
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new GoldsmithError('provision-failed', `Cannot read the galaxy file ${file}: ${cause.message}`, { cause });
  });
  const force = options.galaxyForceWithDeps ? ['--force-with-deps'] : options.galaxyForceInstall ? ['--force'] : [];
  const places = { role: options.rolesPath, collection: options.collectionsPath };
  for (const kind of requirementsIn(text)) {
    const place = places[kind] === undefined ? [] : ['-p', job.path(places[kind])];
    await run(options.galaxyCommand, [kind, 'install', '-r', file, ...place, ...force], {
      cwd: job.context.root,
      inheritEnv: true,
      env: environment,
      signal: job.signal,
      onLine: line => job.line(line),
    });
  }
}
