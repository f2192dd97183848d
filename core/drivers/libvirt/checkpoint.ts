import { copyFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { attributes, writeXml, type XmlElement } from '../../machine/xml.ts';
import type { MomentCost, MomentFiles, MomentOptions } from '../driver.ts';
import type { Connection } from './connection.ts';
import { aliasOf, type DiskElement, driveNamed, drivesOf, sourceOf } from './domain-disks.ts';
import { vmEventOf } from './events.ts';
import { libvirtCode } from './ffi/error.ts';
import { SNAPSHOT } from './ffi/snapshot.ts';
import { checkSaved } from './saved-domain.ts';

/** Of what is there: overlays that know what they stand on. libvirt keeps no list of it; layers are ours. */
const FLAGS = SNAPSHOT.reuseFiles | SNAPSHOT.noMetadata | SNAPSHOT.atomic;
/** `VIR_ERR_*` when this machine's memory cannot be saved at all: OPERATION_INVALID, CONFIG_UNSUPPORTED, OPERATION_UNSUPPORTED. */
const CANNOT: ReadonlySet<number | undefined> = new Set([55, 67, 84]);
/** Events come moments after the call's answer. */
const EVENTS_MS = 1000;

/** What is done with files of a moment, which are not this host's own on every libvirt. */
export interface MomentHost {
  copy(from: string, to: string): Promise<void>;
  /** @throws GoldsmithError `unsupported` when this memory could not be gone back to, and removes it */
  check(memory: string): Promise<void>;
}

const HERE: MomentHost = {
  copy: copyFile,
  check: memory =>
    checkSaved(memory).catch(async error => {
      await rm(memory, { force: true });
      throw error;
    }),
};

/**
 * Saves memory and devices, and puts the overlays on at the same moment, as libvirt's external snapshots do. Where
 * something of the machine keeps its memory from being saved only the disks are frozen, and the cost says why.
 * @throws GoldsmithError `libvirt-failed`, `disk-full`; the machine runs on
 */
export async function saveMoment(
  connection: Connection,
  uuid: string,
  files: MomentFiles,
  { isExact, signal }: MomentOptions,
  host = HERE,
): Promise<MomentCost> {
  const startedAt = performance.now();
  const drives = await drivesOf(connection, uuid);
  const pause = watchPause(connection, uuid);
  let diskOnly: string | undefined;
  try {
    // What is copied beside it has to be of the same moment.
    if (isExact || files.copies.length > 0) await connection.call('domainSuspend', uuid);
    diskOnly = await freeze(connection, uuid, files, drives, { host, signal });
    for (const { from, to } of files.copies) await host.copy(from, to);
  } finally {
    await goOn(connection, uuid);
    await Promise.race([pause.over, sleep(EVENTS_MS, undefined, { ref: false })]);
    pause.stop();
  }
  const cost = { pauseMs: pause.ms(), totalMs: Math.round(performance.now() - startedAt), isStream: true };
  return diskOnly === undefined ? cost : { ...cost, diskOnly };
}

/** @returns why the memory could not be saved, where it could not */
async function freeze(
  connection: Connection,
  uuid: string,
  { memory, overlays }: MomentFiles,
  drives: DiskElement[],
  { host, signal }: { host: MomentHost; signal: AbortSignal },
): Promise<string | undefined> {
  const disks = { disk: drives.map(drive => diskOf(drive, overlays)) };
  const saved = { memory: attributes({ snapshot: 'external', file: memory }), disks };
  const giveUp = (): void => void connection.call('domainAbortJob', uuid).catch(() => undefined); // it may be done
  signal.addEventListener('abort', giveUp);
  try {
    await connection.call('snapshotCreate', uuid, writeXml({ domainsnapshot: saved }), FLAGS | SNAPSHOT.live);
  } catch (error) {
    signal.throwIfAborted();
    // Its answer may be lost though it is done: what the machine writes to is what counts.
    if (await isOn(connection, uuid, overlays)) return reasonOf(error);
    if (!CANNOT.has(libvirtCode(error))) throw error;
    const frozen = { memory: attributes({ snapshot: 'no' }), disks };
    await connection.call('snapshotCreate', uuid, writeXml({ domainsnapshot: frozen }), FLAGS | SNAPSHOT.diskOnly);
    return reasonOf(error);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
  try {
    await host.check(memory);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

async function isOn(connection: Connection, uuid: string, overlays: MomentFiles['overlays']): Promise<boolean> {
  const drives = await drivesOf(connection, uuid);
  return [...overlays].every(([id, file]) => sourceOf(driveNamed(drives, id)) === file);
}

/** Only the disks of the build get overlays: media are not written to. */
function diskOf({ target, alias }: DiskElement, overlays: MomentFiles['overlays']): XmlElement {
  const name = target['@_dev'];
  const own = [...overlays].find(([id]) => alias?.['@_name'] === aliasOf(id));
  if (!own) return attributes({ name, snapshot: 'no' });
  return {
    ...attributes({ name, snapshot: 'external', type: 'file' }),
    driver: attributes({ type: 'qcow2' }),
    source: attributes({ file: own[1] }),
  };
}

/** libvirt lets a machine go on that it has stopped itself, and no other. */
async function goOn(connection: Connection, uuid: string): Promise<void> {
  const { state } = await connection.call('domainState', uuid);
  if (state === 'paused') await connection.call('domainResume', uuid);
}

/** Counts how long the machine stands, by its events. */
function watchPause(connection: Connection, uuid: string) {
  let since: number | undefined;
  let total = 0;
  let end: () => void = () => {};
  const over = new Promise<void>(resolve => {
    end = resolve;
  });
  const stop = connection.onEvent(event => {
    if (event.kind !== 'lifecycle' || event.uuid !== uuid) return;
    const type = vmEventOf(event)?.type;
    if (type === 'paused') since ??= performance.now();
    if (type !== 'resumed' || since === undefined) return;
    total += performance.now() - since;
    since = undefined;
    end();
  });
  return { over, ms: () => Math.round(total), stop };
}

/** For the middle of a sentence of ours. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^libvirt: /, '').replace(/\.$/, '');
