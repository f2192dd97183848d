import { expect, it } from 'vitest';
import { addressOnBridge, macOf, neighbours } from '../../core/host/bridge.ts';

const MAC = '52:54:00:12:34:56';
/** As Linux prints it (proc(5)). */
const TABLE = `IP address       HW type     Flags       HW address            Mask     Device
192.168.121.111  0x1         0x2         52:54:00:12:34:56     *        virbr0
192.168.121.112  0x1         0x0         52:54:00:12:34:56     *        virbr0
192.168.121.113  0x1         0x2         52:54:00:12:34:56     *        br1
192.168.121.114  0x1         0x6         52:54:00:12:34:57     *        virbr0
`;

it('finds a card by its bridge, among complete entries only', () => {
  expect(neighbours(TABLE, 'virbr0', MAC.toUpperCase())).toEqual(['192.168.121.111']);
  expect(neighbours(TABLE, 'virbr0', '52:54:00:12:34:57')).toEqual(['192.168.121.114']);
  expect(neighbours(TABLE, 'br2', MAC)).toEqual([]);
  expect(neighbours('', 'br2', MAC)).toEqual([]);
});

it('gives each machine a card of its own, always the same', () => {
  expect(macOf('a')).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
  expect(macOf('a')).toBe(macOf('a'));
  expect(macOf('a')).not.toBe(macOf('b'));
});

it('names this host by the bridge’s first IPv4 address', () => {
  const of = (...addresses: [string, string][]) => ({
    br0: addresses.map(([family, address]) => ({ family, address })),
  });
  expect(addressOnBridge('br0', of(['IPv6', 'fe80::1'], ['IPv4', '10.1.0.1'], ['IPv4', '10.2.0.1']))).toBe('10.1.0.1');
  expect(() => addressOnBridge('br0', of(['IPv6', 'fe80::1']))).toThrow('no IPv4 address on the bridge br0');
  expect(() => addressOnBridge('br1', {})).toThrow('br1');
});
