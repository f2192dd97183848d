import { setTimeout as sleep } from 'node:timers/promises';
import type { LibvirtInfo } from '../model/engine.ts';
import { GoldsmithError, toFailure } from '../model/failure.ts';
import type { HostFacts } from '../model/host.ts';
import { findLab, readLab } from '../recipe/lab.ts';
import type { EngineDeps } from './deps.ts';
import { allRecords } from './long-lived/files.ts';

/** A host that does not answer at all must not hold up the look at this one. */
const ANSWER_MS = 10_000;

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
    return await inTime(counted(uri), ANSWER_MS);
  } catch (error) {
    const { message, hint } = toFailure(error);
    return { uri, reason: message, ...(hint === undefined ? {} : { hint }) };
  }
}

/** What a libvirt answers; one that is silent is not waited for. @throws GoldsmithError `timed-out` */
export async function inTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  const silence = new AbortController();
  try {
    return await Promise.race([answer, silentAfter(ms, silence.signal)]);
  } finally {
    silence.abort();
  }
}

async function silentAfter(ms: number, signal: AbortSignal): Promise<never> {
  await sleep(ms, undefined, { signal });
  throw new GoldsmithError('timed-out', `It did not answer within ${ms / 1000} s.`);
}

async function counted(uri: string): Promise<LibvirtInfo> {
  const { withConnection } = await import('../drivers/libvirt/connection.ts');
  const { METADATA_URI, ownerOf } = await import('../drivers/libvirt/ownership.ts');
  return withConnection(uri, async connection => {
    const { daemon } = await connection.call('connectVersions');
    const domains = await connection.call('domainList', METADATA_URI);
    const ours = domains.filter(({ metadata }) => ownerOf(metadata) !== undefined);
    return { uri, version: versionText(daemon), domains: domains.length, ours: ours.length };
  });
}

/** `9000000` is 9.0.0. */
const versionText = (version: number): string =>
  [Math.floor(version / 1_000_000), Math.floor(version / 1000) % 1000, version % 1000].join('.');
