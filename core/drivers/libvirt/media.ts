import { emptied } from '../../machine/removable.ts';
import { writeXml } from '../../machine/xml.ts';
import type { Connection } from './connection.ts';
import { driveNamed, drivesOf } from './domain-disks.ts';

/** Takes the medium out of a CD or floppy drive, also when the guest holds it. @throws GoldsmithError `not-found` */
export async function ejectFrom(connection: Connection, uuid: string, deviceId: string): Promise<void> {
  const disk = driveNamed(await drivesOf(connection, uuid), deviceId);
  await connection.call('domainUpdateDevice', uuid, writeXml({ disk: emptied(disk) }));
}
