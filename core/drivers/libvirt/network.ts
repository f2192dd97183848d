import { isIPv4 } from 'node:net';
import { XMLParser } from 'fast-xml-parser';
import { hostOnBridge, type OnHost } from '../../host/bridge.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Connection } from './connection.ts';

const parser = new XMLParser({
  ignoreAttributes: false,
  parseAttributeValue: false,
  isArray: name => name === 'ip' || name === 'interface',
});

interface NetworkElement {
  bridge?: { '@_name'?: string };
  ip?: { '@_address'?: string; '@_family'?: string }[];
}

/**
 * The address under which guests of a libvirt's network reach the machine's host: its own, or, where it is only a name
 * for a bridge, the host's on that bridge.
 * @throws GoldsmithError `not-found`, `host-lacks` when it is not started or has no such address
 */
export async function hostOnNetwork(connection: Connection, name: string, onHost: OnHost): Promise<string> {
  const { xml, isActive } = await connection.call('networkXml', name);
  if (!isActive) {
    throw new GoldsmithError('host-lacks', `The network ${name} of ${connection.uri} is not started.`, {
      hint: `virsh -c ${connection.uri} net-start ${name}`,
    });
  }
  const { network } = parser.parse(xml) as { network: NetworkElement };
  const own = network.ip?.find(ip => (ip['@_family'] ?? 'ipv4') === 'ipv4')?.['@_address'];
  return own ?? hostOnBridge(network.bridge?.['@_name'] ?? '', onHost, `The network ${name}`);
}

interface InterfaceElement {
  mac?: { '@_address'?: string };
  source?: { '@_network'?: string };
}

/**
 * A guest's IPv4 address from where it is known the surest: the network's leases (the newest: the installer had one,
 * too), the guest's agent, the host's ARP table. Undefined: nobody knows it yet.
 */
export async function guestAddress(connection: Connection, uuid: string): Promise<string | undefined> {
  return (
    (await leasedAddress(connection, uuid)) ??
    (await toldAddress(connection, uuid, 1)) ??
    toldAddress(connection, uuid, 2)
  );
}

async function leasedAddress(connection: Connection, uuid: string): Promise<string | undefined> {
  const { domain } = parser.parse(await connection.call('domainXml', uuid)) as {
    domain: { devices?: { interface?: InterfaceElement[] } };
  };
  for (const { mac, source } of domain.devices?.interface ?? []) {
    const [network, address] = [source?.['@_network'], mac?.['@_address']];
    if (network === undefined || address === undefined) continue;
    const leases = await connection.call('networkLeases', network, address).catch(() => []);
    const [newest] = leases.sort((a, b) => b.expiresAt - a.expiresAt);
    if (newest) return newest.address;
  }
  return undefined;
}

/** @param source as `domainAddresses`: 1 agent, 2 ARP */
async function toldAddress(connection: Connection, uuid: string, source: 1 | 2): Promise<string | undefined> {
  // An agent that is not there is no failure.
  const cards = await connection.call('domainAddresses', uuid, source).catch(() => []);
  return cards.flatMap(({ addresses }) => addresses).find(address => isIPv4(address) && !address.startsWith('127.'));
}
