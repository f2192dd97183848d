import { readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GoldsmithError } from '../model/failure.ts';
import type { Resource, ResourceKind, ResourceOf } from '../model/resource.ts';
import { isFrozen } from './checkpoint-layers.ts';

const DEATH_POLLS = 250;
const DEATH_POLL_MS = 20;

/** One way to give back each kind of resource, each safe to run twice. A missing kind does not compile. */
const RELEASE: { [K in ResourceKind]: (resource: ResourceOf<K>) => Promise<void> } = {
  dir: ({ path }) => rm(path, { recursive: true, force: true }),
  layer: ({ path }) => (isFrozen(path) ? Promise.resolve() : rm(path, { recursive: true, force: true })),
  file: ({ path }) => rm(path, { force: true }),
  process: endProcess,
  domain: async domain => (await import('../drivers/libvirt/release.ts')).releaseDomain(domain),
  volume: async volume => (await import('../drivers/libvirt/release.ts')).releaseVolume(volume),
};

export const release = (resource: Resource): Promise<void> =>
  (RELEASE[resource.kind] as (resource: Resource) => Promise<void>)(resource);

async function endProcess({ pidFile, mark }: ResourceOf<'process'>): Promise<void> {
  const pid = Number(await textOr(pidFile, ''));
  if (!Number.isInteger(pid) || pid <= 1) return; // it never started
  if (await isProcessOurs(pid, mark)) process.kill(pid, 'SIGKILL');
  for (let poll = 0; poll < DEATH_POLLS && (await isProcessOurs(pid, mark)); poll++) await sleep(DEATH_POLL_MS);
  if (await isProcessOurs(pid, mark)) throw new GoldsmithError('busy', `Process ${pid} would not die.`);
  await rm(pidFile, { force: true });
}

/** A pid alone may have been reused: the mark in its command line says it is still ours. A zombie has none. */
export async function isProcessOurs(pid: number, mark: string): Promise<boolean> {
  return (await textOr(`/proc/${pid}/cmdline`, '')).includes(mark);
}

const textOr = (path: string, otherwise: string): Promise<string> => readFile(path, 'utf8').catch(() => otherwise);
