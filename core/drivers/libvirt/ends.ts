import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { GoldsmithError } from '../../model/failure.ts';
import { networkHostOf } from './uri.ts';

/** Any port will do: nothing is sent. */
const DISCARD_PORT = 9;

/** The two ends of the way to a libvirt that is reached over the network itself: IPv4 addresses. */
export interface Ends {
  /** Of this host, as that one sees it. */
  here: string;
  there: string;
}

/** Undefined: the way is another one. @throws GoldsmithError `host-lacks` when that host has no such address */
export async function endsOf(uri: string): Promise<Ends | undefined> {
  const host = networkHostOf(uri)?.host;
  if (host === undefined) return undefined;
  try {
    const { address: there } = await lookup(host, { family: 4 });
    return { here: await ownAddressTo(there), there };
  } catch (cause) {
    throw new GoldsmithError('host-lacks', `${host} has no IPv4 address that this host knows a way to.`, {
      hint: 'Look at the URI, or use qemu+ssh://USER@HOST/system.',
      cause,
    });
  }
}

/** Whether guests there see this host as they see their own: the way does not leave it. */
export const isThisHost = ({ here }: Ends): boolean => here.startsWith('127.');

/** The address that packets to another one would have: a datagram socket knows it without sending any. */
async function ownAddressTo(address: string): Promise<string> {
  const socket = createSocket('udp4');
  try {
    socket.connect(DISCARD_PORT, address);
    await once(socket, 'connect');
    return socket.address().address;
  } finally {
    socket.close();
  }
}
