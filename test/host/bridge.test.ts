import { expect, it } from 'vitest';
import { hostOnBridge, macOf, neighbours, onThisHost } from '../../core/host/bridge.ts';

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

it('names this host by its address on the bridge, or says that it has none there', async () => {
  expect(await hostOnBridge('lo', onThisHost)).toBe('127.0.0.1');
  const refusal = { code: 'host-lacks', message: expect.stringContaining('no-such-bridge') };
  await expect(hostOnBridge('no-such-bridge', onThisHost)).rejects.toMatchObject(refusal);
  await expect(hostOnBridge('lo; true', onThisHost)).rejects.toMatchObject({ code: 'host-lacks' });
});

/** A bridge in a name space of its own that had something plugged in, as libvirt's have once their guests are gone. */
const EMPTY_BRIDGE = `ip link add br0 type bridge && ip address add 10.1.0.1/24 dev br0 && ip address add 10.2.0.1/24 dev br0
ip link set br0 up && ip tuntap add plug mode tap && ip link set plug master br0 up && ip link delete plug && exec "$@"`;

it.runIf(process.getuid?.() === 0)('finds it also while nothing is plugged in', async () => {
  const inside = (command: string[]) => onThisHost(['unshare', '--net', 'sh', '-c', EMPTY_BRIDGE, 'sh', ...command]);
  const [seen] = JSON.parse(await inside(['ip', '-json', 'link', 'show', 'dev', 'br0'])) as { flags: string[] }[];
  expect(seen?.flags).toContain('NO-CARRIER');
  expect(await hostOnBridge('br0', inside)).toBe('10.1.0.1');
});
