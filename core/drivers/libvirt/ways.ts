import { hostOnBridge, type OnHost, onThisHost } from '../../host/bridge.ts';
import { USER_NETWORK, type Way } from '../driver.ts';
import type { Connection } from './connection.ts';
import { carryDatagrams } from './datagrams.ts';
import { type Ends, isThisHost } from './ends.ts';
import { hostOnNetwork } from './network.ts';
import type { Tunnel } from './tunnel.ts';
import { warningOf } from './uri.ts';

/** What the cards of a machine are on; neither: QEMU's user network. */
export interface Cables {
  /** Of that libvirt. */
  network?: string | undefined;
  /** Of the machine's host, as the recipe names it. */
  bridge?: string | undefined;
}

const NO_SCREEN = 'The screen of a machine does not come through this connection: there are single pictures of it.';

/**
 * How guests reach us: at the one address of their network, through SSH at an address of their host, or at the one
 * of ours that their host sees.
 * @throws GoldsmithError `host-lacks`, `not-found`
 */
export async function wayOf(
  connection: Connection,
  cables: Cables,
  { tunnel, ends }: { tunnel: Tunnel | undefined; ends: Ends | undefined },
): Promise<Way> {
  const told = ends ? { note: NO_SCREEN, warning: warningOf(connection.uri) } : {};
  if (ends && !isThisHost(ends)) return { ...told, host: ends.here, bind: ends.here, carry: async port => port };
  const host = await hostSeenBy(connection, cables, tunnel);
  if (!tunnel) return { ...USER_NETWORK, ...(host === undefined ? {} : { host, bind: host }), ...told };
  const address = host ?? USER_NETWORK.bind;
  return {
    host: host ?? USER_NETWORK.host,
    bind: USER_NETWORK.bind,
    carry: (port, wanted) => tunnel.carry(address, port, wanted),
    carryDatagrams: (there, port) => carryDatagrams(tunnel, address, there, port),
  };
}

function hostSeenBy(
  connection: Connection,
  { network, bridge }: Cables,
  tunnel: Tunnel | undefined,
): Promise<string> | undefined {
  const onHost: OnHost = tunnel ? command => tunnel.ask(command.join(' ')) : onThisHost;
  if (bridge !== undefined) return hostOnBridge(bridge, onHost);
  return network === undefined ? undefined : hostOnNetwork(connection, network, onHost);
}
