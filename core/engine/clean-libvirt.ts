import { withConnection } from '../drivers/libvirt/connection.ts';
import type { DomainEntry } from '../drivers/libvirt/ffi/domain.ts';
import { METADATA_URI, type Owner, ownerOf } from '../drivers/libvirt/ownership.ts';
import { removeDomain } from '../drivers/libvirt/release.ts';
import { DEFAULT_URI, requireQemu } from '../drivers/libvirt/uri.ts';
import type { CleanOptions, Removal } from '../model/image.ts';
import type { EngineDeps } from './deps.ts';
import { livingPid } from './folders.ts';

/**
 * Removes the domains that builds and `goldsmith run` left in a libvirt. Whatever lacks our metadata is not looked at
 * twice; machines of `goldsmith vm` belong to a person. @throws GoldsmithError `usage`, `host-lacks`
 */
export async function cleanLibvirt(deps: EngineDeps, { libvirt, dryRun, all }: CleanOptions): Promise<Removal[]> {
  const uri = libvirt?.uri ?? DEFAULT_URI;
  requireQemu(uri);
  return withConnection(uri, async connection => {
    const removals: Removal[] = [];
    for (const domain of await connection.call('domainList', METADATA_URI)) {
      const reason = await reasonToRemove(deps, domain, all);
      if (reason === undefined) continue;
      if (!dryRun) await removeDomain(connection, domain.uuid);
      removals.push({ kind: 'domain', name: domain.name, freedBytes: 0, reason });
    }
    return removals;
  });
}

/** Why a domain may go; undefined: it must stay. */
async function reasonToRemove(deps: EngineDeps, domain: DomainEntry, all: boolean): Promise<string | undefined> {
  const owner = ownerOf(domain.metadata);
  if (!owner || owner.kind === 'vm') return undefined;
  const folders = owner.kind === 'build' ? deps.builds : deps.vms;
  if (!(await folders.ids()).includes(owner.id)) return all ? `of another Goldsmith (${described(owner)})` : undefined;
  if (await folders.isHeld(owner.id)) return undefined;
  const state = folders.state(owner.id);
  const isKept = state.kept !== undefined && (await livingPid(state)) !== undefined;
  return isKept ? undefined : `left by ${described(owner)}`;
}

const described = ({ kind, id }: Owner): string => (kind === 'build' ? `the build ${id}` : `the machine ${id}`);
