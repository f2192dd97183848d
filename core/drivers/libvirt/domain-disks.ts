import { XMLParser } from 'fast-xml-parser';
import type { XmlElement } from '../../machine/xml.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Connection } from './connection.ts';

/** A drive as libvirt tells it. */
export interface DiskElement extends XmlElement {
  /** With what the machine calls it. */
  alias?: { '@_name': string } & XmlElement;
  target: { '@_dev': string } & XmlElement;
}

const parser = new XMLParser({ ignoreAttributes: false, isArray: name => name === 'disk' });

/** The drives of a domain: disks, CDs and floppies. */
export async function drivesOf(connection: Connection, uuid: string): Promise<DiskElement[]> {
  const { domain } = parser.parse(await connection.call('domainXml', uuid)) as {
    domain: { devices: { disk?: DiskElement[] } };
  };
  return domain.devices.disk ?? [];
}

/** The alias that our XML gives a drive. */
export const aliasOf = (id: string): string => `ua-${id}`;

/** @throws GoldsmithError `not-found` */
export function driveNamed(drives: DiskElement[], id: string): DiskElement {
  const found = drives.find(({ alias }) => alias?.['@_name'] === aliasOf(id));
  if (found) return found;
  throw new GoldsmithError('not-found', `The machine has no drive ${id}.`);
}

/** The file that a drive is on; undefined: it is empty. */
export const sourceOf = (drive: DiskElement): string | undefined =>
  (drive['source'] as { '@_file'?: string } | undefined)?.['@_file'];
