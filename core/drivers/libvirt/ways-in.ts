import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { GoldsmithError } from '../../model/failure.ts';
import type { Machine, Nic } from '../../model/machine.ts';
import type { Forwards } from '../qemu/forwards.ts';
import type { Connection } from './connection.ts';
import type { Ends } from './ends.ts';
import { forwardPorts } from './forward.ts';
import { guestAddress } from './network.ts';
import { type Relay, relay } from './relay.ts';
import type { Tunnel } from './tunnel.ts';

export interface WaysInOptions {
  /** On a network or a bridge, instead of QEMU's user network. */
  isOnNetwork: boolean;
  tunnel: Tunnel | undefined;
  /** Of a host that is reached over the network itself: ports of its address there lead to the guest. */
  ends: Ends | undefined;
  /** Gets what was opened here, to be closed with the machine. */
  relays: Pick<Relay, 'close'>[];
}

/**
 * Leads ports of our loopback to a guest: QEMU's own forwards where they are on this host; relays of ours to another
 * host, and to guests on a network, whose address is asked for each time since it may not be known yet, or change.
 */
export async function openWaysIn(
  connection: Connection,
  uuid: string,
  machine: Machine,
  { isOnNetwork, tunnel, ends, relays }: WaysInOptions,
): Promise<Forwards> {
  const dial = (host: string, port: number): Promise<Duplex> => tunnel?.dial(host, port) ?? dialHere(host, port);
  const isElsewhere = tunnel !== undefined || ends !== undefined;
  const address = ends?.there ?? '127.0.0.1';
  const inQemu: Forwards = isOnNetwork
    ? new Map()
    : await forwardPorts(connection, uuid, isElsewhere ? anyPorts(machine) : machine, address);
  if (!isOnNetwork && !isElsewhere) return inQemu;
  const forwards: Forwards = new Map();
  for (const { hostPort, guestPort } of machine.nics.flatMap(nic => nic.forwards)) {
    const opened = await relay({ host: '127.0.0.1', port: hostPort }, async () => {
      if (!isOnNetwork) return dial(address, inQemu.get(guestPort)?.port ?? 0);
      const host = await guestAddress(connection, uuid);
      if (host !== undefined) return dial(host, guestPort);
      throw new GoldsmithError('guest-unreachable', 'Nobody knows the address of the guest yet.');
    });
    relays.push(opened);
    forwards.set(guestPort, { host: '127.0.0.1', port: opened.port });
  }
  return forwards;
}

/** A port that a person chose is of this host: on the other one any will do. */
const anyPorts = (machine: Machine): Machine => ({
  ...machine,
  nics: machine.nics.map(
    (nic): Nic => ({ ...nic, forwards: nic.forwards.map(({ guestPort }) => ({ hostPort: 0, guestPort })) }),
  ),
});

async function dialHere(host: string, port: number): Promise<Duplex> {
  const socket = connect(port, host);
  await once(socket, 'connect');
  return socket;
}
