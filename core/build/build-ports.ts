import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { GoldsmithError } from '../model/failure.ts';
import type { Machine } from '../model/machine.ts';
import type { QemuSource } from '../model/recipe.ts';
import { fillBuildTime, needsHostPort } from './recipe-arguments.ts';
import type { Served } from './steps/answers.ts';

/** The machine with the addresses that its recipe's own arguments wait for: the answers', and a port of this host. */
export async function withBuildPorts(
  machine: Machine,
  { hostPortMin, hostPortMax }: QemuSource,
  served: Served,
): Promise<Machine> {
  const { HTTPIP, HTTPPort } = served.variables;
  const port = needsHostPort(machine.extraArgs) ? await freePort(hostPortMin, hostPortMax) : 0;
  const extraArgs = fillBuildTime(machine.extraArgs, { HTTPIP, HTTPPort, SSHHostPort: String(port) });
  return { ...machine, extraArgs };
}

/**
 * A port of the loopback address that nobody listens on now. QEMU takes it a moment later; should somebody be faster,
 * QEMU says so when it starts. @throws GoldsmithError `busy`
 */
async function freePort(least: number, most: number): Promise<number> {
  const count = most - least + 1;
  const start = Math.floor(Math.random() * count);
  for (let nth = 0; nth < count; nth++) {
    const port = least + ((start + nth) % count);
    if (await isFree(port)) return port;
  }
  throw new GoldsmithError('busy', `Every port from ${least} to ${most} of this host is taken.`, {
    hint: 'Set host_port_min and host_port_max in the recipe.',
  });
}

export const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** The same for datagrams. */
export const isUdpFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind({ port, address: '127.0.0.1' }, () => socket.close(() => resolve(true)));
  });
