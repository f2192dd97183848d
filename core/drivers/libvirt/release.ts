import { readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GoldsmithError } from '../../model/failure.ts';
import type { ResourceOf } from '../../model/resource.ts';
import { type Connection, withConnection } from './connection.ts';
import { METADATA_URI, ownerOf } from './ownership.ts';
import { placeOf, sessionFiles } from './uri.ts';

type DomainResource = ResourceOf<'domain'>;

const END_POLLS = 100;
const END_POLL_MS = 50;

/** Ends and removes a machine of ours; safe to call twice. What does not carry our metadata is left alone. */
export async function releaseDomain({ uri, uuid, name }: DomainResource): Promise<void> {
  await withConnection(uri, connection => removeDomain(connection, uuid));
  if (placeOf(uri) === 'session') await rm(sessionFiles(name).log, { force: true });
}

/** Removes a volume of ours; safe to call twice. */
export const releaseVolume = ({ uri, pool, name }: ResourceOf<'volume'>): Promise<void> =>
  withConnection(uri, connection => deleteVolume(connection, pool, name));

/** One that is not there is no failure. */
export async function deleteVolume(connection: Connection, pool: string, name: string): Promise<void> {
  await unlessGone(() => connection.call('volumeDelete', pool, name));
}

/** @returns false: it is not there, or not ours */
export async function removeDomain(connection: Connection, uuid: string): Promise<boolean> {
  const isOurs = await unlessGone(async () => {
    const metadata = await connection.call('domainMetadata', uuid, METADATA_URI);
    return ownerOf(metadata) !== undefined;
  });
  if (!isOurs) return false;
  await unlessGone(() => endDomain(connection, uuid));
  await unlessGone(() => connection.call('domainUndefine', uuid));
  return true;
}

/** One that does not run is no failure; a transient one is gone with its end. */
async function endDomain(connection: Connection, uuid: string): Promise<void> {
  const { state } = await connection.call('domainState', uuid);
  if (state === 'off') return;
  await connection.call('domainDestroy', uuid);
  for (let poll = 0; poll < END_POLLS; poll++) {
    if ((await connection.call('domainState', uuid)).state === 'off') return;
    await sleep(END_POLL_MS);
  }
  throw new GoldsmithError('busy', `The machine ${uuid} would not end.`);
}

/** What a call gives; undefined when the machine is not there any more. */
async function unlessGone<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GoldsmithError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** The process of a machine that runs; 0 where it cannot be seen; undefined when it does not run, or nobody knows. */
export async function livingDomain({ uri, uuid, name }: DomainResource): Promise<number | undefined> {
  if (placeOf(uri) === 'session') {
    const pid = Number(await readFile(sessionFiles(name).pid, 'utf8').catch(() => '0'));
    if (pid > 1) return pid;
  }
  try {
    return await withConnection(uri, async connection => {
      const { state } = await connection.call('domainState', uuid);
      return state === 'off' || state === 'crashed' ? undefined : 0;
    });
  } catch {
    return undefined;
  }
}
