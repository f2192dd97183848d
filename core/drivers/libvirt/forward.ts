import { libvirtNetdevId } from '../../machine/network.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Machine } from '../../model/machine.ts';
import { type Forwards, parseForwards } from '../qemu/forwards.ts';
import type { Connection } from './connection.ts';

/**
 * Forwards ports of the loopback address, or of another one of its host, to a guest in QEMU's user network. libvirt's XML has no word for it (passt
 * has, but there the guest does not see this host where recipes expect it), so QEMU's monitor is told, through libvirt.
 */
export async function forwardPorts(
  connection: Connection,
  uuid: string,
  machine: Machine,
  address?: string,
): Promise<Forwards> {
  const wanted = machine.nics.flatMap((nic, index) =>
    nic.kind === 'user' ? nic.forwards.map(forward => ({ index, forward })) : [],
  );
  if (wanted.length === 0) return new Map();
  for (const { index, forward } of wanted) await forwardPort(connection, uuid, index, forward, address);
  return readForwards(connection, uuid);
}

/** @param index of the card among the machine's @throws GoldsmithError `busy` */
export async function forwardPort(
  connection: Connection,
  uuid: string,
  index: number,
  { hostPort, guestPort }: { hostPort: number; guestPort: number },
  address = '127.0.0.1',
): Promise<void> {
  const command = `hostfwd_add ${libvirtNetdevId(index)} tcp:${address}:${hostPort}-:${guestPort}`;
  const said = (await connection.call('domainMonitor', uuid, command, 'human')).trim();
  if (said !== '') throw new GoldsmithError('busy', `Port ${hostPort} cannot be forwarded: ${said}`);
}

export const readForwards = async (connection: Connection, uuid: string): Promise<Forwards> =>
  parseForwards(await connection.call('domainMonitor', uuid, 'info usernet', 'human'));
