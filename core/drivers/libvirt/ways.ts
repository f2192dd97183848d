import { run } from '../../exec.ts';
import { USER_NETWORK, type Way } from '../driver.ts';
import type { Connection } from './connection.ts';
import { hostOnBridge, hostOnNetwork, type OnHost } from './network.ts';
import type { Tunnel } from './tunnel.ts';

/** What the cards of a machine are on; neither: QEMU's user network. */
export interface Cables {
  /** Of that libvirt. */
  network?: string | undefined;
  /** Of the machine's host, as the recipe names it. */
  bridge?: string | undefined;
}

/** Installers that log over TCP (Anaconda) are heard all the same. */
const NO_DATAGRAMS =
  "The installer's log is sent as datagrams, which do not come through SSH: screen and serial port tell how it goes.";

/**
 * How guests reach us: at the one address of their network, or through SSH at an address of their host.
 * @throws GoldsmithError `host-lacks`, `not-found`
 */
export async function wayOf(connection: Connection, cables: Cables, tunnel: Tunnel | undefined): Promise<Way> {
  const host = await hostSeenBy(connection, cables, tunnel);
  if (!tunnel) return host === undefined ? USER_NETWORK : { host, bind: host, carry: async port => port };
  const address = host ?? USER_NETWORK.bind;
  return {
    host: host ?? USER_NETWORK.host,
    bind: USER_NETWORK.bind,
    note: NO_DATAGRAMS,
    carry: port => tunnel.carry(address, port),
  };
}

function hostSeenBy(
  connection: Connection,
  { network, bridge }: Cables,
  tunnel: Tunnel | undefined,
): Promise<string> | undefined {
  const onHost: OnHost = async ([program = '', ...args]) =>
    tunnel ? tunnel.ask([program, ...args].join(' ')) : (await run(program, args)).stdout;
  if (bridge !== undefined) return hostOnBridge(bridge, onHost);
  return network === undefined ? undefined : hostOnNetwork(connection, network, onHost);
}
