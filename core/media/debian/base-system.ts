import { GoldsmithError } from '../../model/failure.ts';
import type { Archive } from './archive.ts';
import { parseRelation } from './control.ts';

/** What debootstrap unpacks first, and what it installs after; sorted. */
export interface BaseSystem {
  required: string[];
  base: string[];
}

/** `usrmerge` is pruned by debootstrap wherever the merge is its own work; Debian 12 has a package that says it is done. */
const NEVER = 'usrmerge';
const ALSO_REQUIRED: Record<string, string[]> = { bookworm: ['usr-is-merged'] };

/**
 * The packages of Debian's base system, as debootstrap's default variant finds them (its functions `work_out_debs` and
 * `resolve_deps`): those of the priorities `required` and `important`, what is wanted besides, and of each dependency the
 * first alternative, where it is a real package. What is left out is left out before dependencies are looked at.
 * @throws GoldsmithError `source-unreachable` when a package is wanted that the archive does not have
 */
export function baseSystem(
  archive: Pick<Archive, 'find' | 'named' | 'suite'>,
  include: string[],
  exclude: string[],
): BaseSystem {
  const isIn = (name: string): boolean => !exclude.includes(name);
  const required = [...archive.named('Priority: required'), ...(ALSO_REQUIRED[archive.suite] ?? [])].filter(isIn);
  const important = [...archive.named('Priority: important'), ...include].filter(isIn);
  const unknown = important.find(name => !archive.find(name));
  if (unknown) throw new GoldsmithError('source-unreachable', `Debian's ${archive.suite} has no package ${unknown}.`);
  const first = closure(archive, required);
  const second = [...closure(archive, important)].filter(name => !first.has(name));
  return { required: [...first].sort(), base: second.sort() };
}

function closure(archive: Pick<Archive, 'find'>, names: string[]): Set<string> {
  const all = new Set<string>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const found = all.has(name) ? undefined : archive.find(name);
    if (!found) continue;
    all.add(name);
    for (const field of ['Depends', 'Pre-Depends']) {
      const needed = parseRelation(found.fields.get(field)).map(([first = '']) => first);
      queue.push(...needed.filter(other => other !== NEVER));
    }
  }
  return all;
}
