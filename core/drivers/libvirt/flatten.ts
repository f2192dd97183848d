import { setTimeout as sleep } from 'node:timers/promises';
import { attributes, writeXml, type XmlElement } from '../../machine/xml.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Connection } from './connection.ts';
import { driveNamed, drivesOf } from './domain-disks.ts';

const POLL_MS = 100;
const READY_MS = 30_000;

/**
 * Copies what a disk holds into a raw file while the guest runs, and lets the guest go on with that file alone.
 * @throws GoldsmithError `libvirt-failed`; the guest runs on as before
 */
export async function flattenDisk(connection: Connection, uuid: string, disk: string, file: string): Promise<void> {
  const drive = driveNamed(await drivesOf(connection, uuid), disk);
  const target = drive.target['@_dev'];
  const copy = {
    ...attributes({ type: 'file' }),
    driver: { ...(drive['driver'] as XmlElement), ...attributes({ type: 'raw' }) },
    source: attributes({ file }),
  };
  await connection.call('blockCopy', uuid, target, writeXml({ disk: copy }));
  try {
    await copied(connection, uuid, target);
    await pivot(connection, uuid, target);
  } catch (error) {
    await connection.call('blockAbort', uuid, target).catch(() => undefined); // it may be gone, as its failure says
    throw error;
  }
}

/** Asked, not waited for: the event would be missed while a daemon that was killed starts again. */
async function copied(connection: Connection, uuid: string, target: string): Promise<void> {
  for (;;) {
    const state = await connection.call('blockJob', uuid, target);
    if (state === 'ready') return;
    if (state === 'none') throw new GoldsmithError('libvirt-failed', `The disk ${target} could not be copied.`);
    await sleep(POLL_MS);
  }
}

/** QEMU says that the copy is whole a moment before libvirt has heard it. */
async function pivot(connection: Connection, uuid: string, target: string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    try {
      await connection.call('blockPivot', uuid, target);
      return;
    } catch (error) {
      const isEarly = error instanceof GoldsmithError && error.code === 'busy' && performance.now() < deadline;
      if (!isEarly) throw error;
      await sleep(POLL_MS);
    }
  }
}
