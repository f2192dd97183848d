import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { GoldsmithError } from '../model/failure.ts';

/** The prefix of QEMU's own cards; the rest is this machine's. */
const QEMU_MAC = '52:54:00';
const QEMU_FIRST = 0x56;
/** What QEMU gives its cards, one after the other, where nobody says otherwise. */
export const defaultMac = (nth: number): string => `${QEMU_MAC}:12:34:${(QEMU_FIRST + nth).toString(16)}`;

/** The same address for the same machine, and another for any other: on a bridge it meets them. */
export function macOf(machine: string): string {
  const bytes = createHash('sha256').update(machine).digest().subarray(0, 3);
  return [QEMU_MAC, ...[...bytes].map(byte => byte.toString(16).padStart(2, '0'))].join(':');
}

type Interfaces = Partial<Record<string, { family: string; address: string }[]>>;

/** This host's first IPv4 address on a bridge: what Packer calls HTTPIP there. @throws GoldsmithError `host-lacks` */
export function addressOnBridge(bridge: string, interfaces: Interfaces = networkInterfaces()): string {
  const [first] = (interfaces[bridge] ?? []).filter(({ family }) => family === 'IPv4');
  if (first) return first.address;
  throw new GoldsmithError('host-lacks', `This host has no IPv4 address on the bridge ${bridge}.`, {
    hint: `net_bridge needs a bridge with one: ip address show ${bridge}`,
  });
}

/** Complete, by linux/if_arp.h. */
const ATF_COM = 0x02;

/** The addresses that a card on a bridge was seen with. @param table text of /proc/net/arp */
export function neighbours(table: string, bridge: string, mac: string): string[] {
  return table
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(([, , flags, seen, , device]) => {
      const isComplete = (Number(flags) & ATF_COM) !== 0;
      return isComplete && device === bridge && seen?.toLowerCase() === mac.toLowerCase();
    })
    .map(([address = '']) => address);
}
