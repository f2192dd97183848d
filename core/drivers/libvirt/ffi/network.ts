import koffi from 'koffi';
import type { Native, Pointer } from './native.ts';

export interface Lease {
  address: string;
  /** Seconds since 1970. */
  expiresAt: number;
}

koffi.struct('VirDhcpLease', {
  iface: 'char *',
  expirytime: 'longlong',
  type: 'int',
  mac: 'char *',
  iaid: 'char *',
  ipaddr: 'char *',
  prefix: 'uint',
  hostname: 'char *',
  clientid: 'char *',
});

/** `VIR_IP_ADDR_TYPE_IPV4`. */
const IPV4 = 0;

/** Calls on networks (libvirt-network.h), each named by its connection and name. */
export const networkCalls = (native: Native) => {
  const within = <T>(connection: Pointer, name: string, work: (network: Pointer) => T): T => {
    const network = native.pointer('void *virNetworkLookupByName(void *c, const char *name)', connection, name);
    try {
      return work(network);
    } finally {
      native.any('int virNetworkFree(void *n)', network);
    }
  };
  return {
    networkXml: (connection: Pointer, name: string): { xml: string; isActive: boolean } =>
      within(connection, name, network => ({
        xml: native.text('HeapText virNetworkGetXMLDesc(void *n, uint flags)', network, 0),
        isActive: native.int('int virNetworkIsActive(void *n)', network) === 1,
      })),
    /** IPv4 addresses that the network's own DHCP server gave to a card. */
    networkLeases: (connection: Pointer, name: string, mac: string): Lease[] =>
      within(connection, name, network => {
        const out: (Pointer | null)[] = [null];
        const prototype = 'int virNetworkGetDHCPLeases(void *n, const char *mac, _Out_ void **leases, uint flags)';
        const count = native.int(prototype, network, mac, out, 0);
        return native.takeArray(out[0] ?? null, count).flatMap(pointer => leaseOf(native, pointer));
      }),
  };
};

function leaseOf(native: Native, pointer: Pointer): Lease[] {
  const { ipaddr, expirytime, type } = koffi.decode(pointer, 'VirDhcpLease') as {
    ipaddr: string | null;
    expirytime: number | bigint;
    type: number;
  };
  native.any('void virNetworkDHCPLeaseFree(void *l)', pointer);
  return ipaddr === null || type !== IPV4 ? [] : [{ address: ipaddr, expiresAt: Number(expirytime) }];
}
