import { XMLParser } from 'fast-xml-parser';
import { emptied } from '../../machine/removable.ts';
import { writeXml, type XmlElement } from '../../machine/xml.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Connection } from './connection.ts';

interface DiskElement extends XmlElement {
  alias: { '@_name': string };
}

/** Takes the medium out of a CD or floppy drive, also when the guest holds it. @throws GoldsmithError `not-found` */
export async function ejectFrom(connection: Connection, uuid: string, deviceId: string): Promise<void> {
  const parser = new XMLParser({ ignoreAttributes: false, isArray: name => name === 'disk' });
  const { domain } = parser.parse(await connection.call('domainXml', uuid)) as {
    domain: { devices: { disk?: DiskElement[] } };
  };
  const disk = domain.devices.disk?.find(one => one.alias['@_name'] === `ua-${deviceId}`);
  if (!disk) throw new GoldsmithError('not-found', `The machine has no drive ${deviceId}.`);
  await connection.call('domainUpdateDevice', uuid, writeXml({ disk: emptied(disk) }));
}
