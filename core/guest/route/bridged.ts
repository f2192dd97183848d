import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { neighbours } from '../../host/bridge.ts';
import { pause } from '../pause.ts';
import { type Route, RouteError } from './route.ts';

const ARP = '/proc/net/arp';
const CONNECT_MS = 5000;
const POLL_MS = 2000;
/**
 * Where each card was found last. Linux forgets a neighbour that was silent for a while (a guest that restarts, or goes
 * back to a moment), and asks for it again only when somebody connects to its address.
 */
const FOUND = new Map<string, string>();

/**
 * To a guest on a bridge, by the address that its card was last seen with: looked up for each connection, since the
 * installed system may get another than its installer had.
 */
export class BridgedRoute implements Route {
  /** Where it was found. */
  found: string | undefined;

  /** @param beyond how to get to that address, where it is not straight */
  constructor(
    readonly bridge: string,
    readonly mac: string,
    readonly beyond?: Route,
  ) {}

  async open(_host: string, port: number, signal: AbortSignal): Promise<Duplex> {
    let failure = new RouteError('no-way', `${this.mac} was not seen on ${this.bridge} yet`);
    for (const address of await this.addresses()) {
      try {
        const connection = this.beyond
          ? await this.beyond.open(address, port, signal)
          : await connect(address, port, signal);
        this.found = address;
        FOUND.set(this.mac, address);
        return connection;
      } catch (error) {
        if (!(error instanceof RouteError)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Where it is seen now, then where it was. */
  async addresses(): Promise<string[]> {
    const seen = neighbours(await readFile(ARP, 'utf8'), this.bridge, this.mac);
    const before = FOUND.get(this.mac);
    return [...new Set(before === undefined ? seen : [...seen, before])];
  }

  /** The first address that the guest is seen with. @throws the reason of `signal` */
  async seen(signal: AbortSignal): Promise<string> {
    for (;;) {
      const [address] = await this.addresses();
      if (address !== undefined) return address;
      await pause(POLL_MS, signal);
    }
  }

  close(): void {
    this.beyond?.close();
  }
}

async function connect(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
  const socket = net.connect({ host, port });
  const limit = AbortSignal.timeout(CONNECT_MS);
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, limit]) });
    return socket;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = limit.aborted ? `no answer within ${CONNECT_MS / 1000} s` : message;
    throw new RouteError(code === 'ECONNREFUSED' ? 'refused' : 'silent', `${host}: ${reason}`);
  }
}
