import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { XMLParser } from 'fast-xml-parser';
import { GoldsmithError } from '../../model/failure.ts';
import type { Connection } from './connection.ts';
import type { Tunnel } from './tunnel.ts';

/** A stream to a machine's screen: a descriptor that libvirt hands over, or through SSH to the port it listens on. */
export async function dialScreen(connection: Connection, uuid: string, tunnel: Tunnel | undefined): Promise<Duplex> {
  if (tunnel) return tunnel.dial('127.0.0.1', await screenPort(connection, uuid));
  const fd = await connection.call('domainOpenGraphics', uuid);
  return new Socket({ fd, readable: true, writable: true });
}

async function screenPort(connection: Connection, uuid: string): Promise<number> {
  const parser = new XMLParser({ ignoreAttributes: false, isArray: name => name === 'graphics' });
  const { domain } = parser.parse(await connection.call('domainXml', uuid)) as {
    domain: { devices: { graphics?: { '@_port'?: string }[] } };
  };
  const port = Number(domain.devices.graphics?.[0]?.['@_port']);
  if (port > 0) return port;
  throw new GoldsmithError('not-found', 'The machine has no screen.');
}
