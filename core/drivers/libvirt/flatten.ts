import { setTimeout as sleep } from 'node:timers/promises';
import { attributes, writeXml, type XmlElement } from '../../machine/xml.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Connection } from './connection.ts';
import { driveNamed, drivesOf } from './domain-disks.ts';

const POLL_MS = 100;

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
    await connection.call('blockPivot', uuid, target);
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
