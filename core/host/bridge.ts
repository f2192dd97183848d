import { createHash } from 'node:crypto';
import { run } from '../exec.ts';
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

/** Runs a program on the machine's host, and gives what it prints. */
export type OnHost = (command: string[]) => Promise<string>;

export const onThisHost: OnHost = async ([program = '', ...args]) => (await run(program, args)).stdout;

/** As Linux and libvirt name interfaces; such a name needs no quotes in a shell. */
const INTERFACE_NAME = /^[A-Za-z0-9_.-]{1,15}$/;

/**
 * A host's first IPv4 address on a bridge of its own: what Packer calls HTTPIP there. Also while nothing is plugged in,
 * when Node's `networkInterfaces` leaves the bridge out: those of libvirt's networks are so until a guest is there.
 * @throws GoldsmithError `host-lacks`
 */
export async function hostOnBridge(bridge: string, onHost: OnHost, what = `The bridge ${bridge}`): Promise<string> {
  const told = INTERFACE_NAME.test(bridge)
    ? await onHost(['ip', '-json', '-4', 'address', 'show', 'dev', bridge]).catch(() => '[]')
    : '[]';
  const [device] = JSON.parse(told || '[]') as { addr_info?: { local: string }[] }[];
  const address = device?.addr_info?.[0]?.local;
  if (address !== undefined) return address;
  throw new GoldsmithError(
    'host-lacks',
    `${what} has no IPv4 address of its host, so that guests could not reach us.`,
    { hint: `ip address show ${bridge} tells; virsh net-list --all, which networks of libvirt there are.` },
  );
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
