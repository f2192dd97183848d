import type { LibvirtInfo } from '../model/engine.ts';
import { toFailure } from '../model/failure.ts';
import type { HostFacts } from '../model/host.ts';
import { findLab, readLab } from '../recipe/lab.ts';
import type { EngineDeps } from './deps.ts';
import { allRecords } from './long-lived/files.ts';

/** The libvirts that are here, that the lab builds on, and on which there are machines of a person's. */
export async function libvirtUris(deps: EngineDeps, { libvirt }: Pick<HostFacts, 'libvirt'>): Promise<string[]> {
  const lab = await findLab(deps.cwd);
  const images =
    lab === undefined
      ? []
      : await readLab(lab).then(
          ({ images: all }) => all,
          () => [],
        );
  const built = images.flatMap(({ driver, libvirt: { uri } }) =>
    driver === 'libvirt' && uri !== undefined ? [uri] : [],
  );
  const kept = (await allRecords(deps)).map(({ uri }) => uri);
  return [...new Set([...libvirt.connections, ...built, ...kept])];
}

/** What each of them says of itself now; in their order. */
export const askLibvirts = (uris: string[]): Promise<LibvirtInfo[]> => Promise.all(uris.map(askLibvirt));

async function askLibvirt(uri: string): Promise<LibvirtInfo> {
  try {
    return await counted(uri);
  } catch (error) {
    const { message, hint } = toFailure(error);
    return { uri, reason: message, ...(hint === undefined ? {} : { hint }) };
  }
}

async function counted(uri: string): Promise<LibvirtInfo> {
  const { lookAt } = await import('../drivers/libvirt/connection.ts');
  const { METADATA_URI, ownerOf } = await import('../drivers/libvirt/ownership.ts');
  return lookAt(uri, async connection => {
    const { daemon } = await connection.call('connectVersions');
    const domains = await connection.call('domainList', METADATA_URI);
    const ours = domains.filter(({ metadata }) => ownerOf(metadata) !== undefined);
    return { uri, version: versionText(daemon), domains: domains.length, ours: ours.length };
  });
}

/** `9000000` is 9.0.0. */
const versionText = (version: number): string =>
  [Math.floor(version / 1_000_000), Math.floor(version / 1000) % 1000, version % 1000].join('.');
