import { libvirtNetdevId } from '../../machine/network.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Machine } from '../../model/machine.ts';
import { type Forwards, parseForwards } from '../qemu/forwards.ts';
import type { Connection } from './connection.ts';

/**
 * Forwards ports of the loopback address to a guest in QEMU's user network. libvirt's XML has no word for it (passt
 * has, but there the guest does not see this host where recipes expect it), so QEMU's monitor is told, through libvirt.
 */
export async function forwardPorts(connection: Connection, uuid: string, machine: Machine): Promise<Forwards> {
  const wanted = machine.nics.flatMap((nic, index) =>
    nic.kind === 'user' ? nic.forwards.map(forward => ({ ...forward, netdev: libvirtNetdevId(index) })) : [],
  );
  if (wanted.length === 0) return new Map();
  for (const { netdev, hostPort, guestPort } of wanted) {
    const said = await connection.call(
      'domainMonitor',
      uuid,
      `hostfwd_add ${netdev} tcp:127.0.0.1:${hostPort}-:${guestPort}`,
    );
    if (said.trim() !== '') throw new GoldsmithError('busy', `Port ${hostPort} cannot be forwarded: ${said.trim()}`);
  }
  return parseForwards(await connection.call('domainMonitor', uuid, 'info usernet'));
}
