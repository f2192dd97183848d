import { once } from 'node:events';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { SocksClient } from 'socks';
import { GoldsmithError } from '../../model/failure.ts';
import type { SocksProxy } from '../../model/recipe.ts';
import { untilAborted } from '../pause.ts';
import { type Route, RouteError } from './route.ts';

/** For the proxy's own connection to the guest, too. */
const CONNECT_MS = 15_000;

/** Through a SOCKS5 proxy (RFC 1928, 1929). */
export class SocksRoute implements Route {
  readonly #sockets = new Set<net.Socket>();

  constructor(readonly proxy: SocksProxy) {}

  async open(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
    signal.throwIfAborted();
    const socket = net.connect({ host: this.proxy.host, port: this.proxy.port });
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    try {
      return await untilAborted(this.#negotiate(socket, host, port), signal);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #negotiate(socket: net.Socket, host: string, port: number): Promise<Duplex> {
    const { host: proxyHost, port: proxyPort, username, password } = this.proxy;
    const name = `SOCKS proxy ${proxyHost}:${proxyPort}`;
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) }).catch((error: Error) => {
      throw new RouteError('no-way', `${name}: ${error.message}`);
    });
    const login = username === undefined ? {} : { userId: username, password: password ?? '' };
    await SocksClient.createConnection({
      proxy: { host: proxyHost, port: proxyPort, type: 5, ...login },
      command: 'connect',
      destination: { host, port },
      existing_socket: socket,
      timeout: CONNECT_MS,
    }).catch((error: Error) => {
      throw refusal(error, name);
    });
    return socket;
  }
}

/** The library gives its reasons in words only. */
function refusal(error: Error, name: string): Error {
  if (/authentication/i.test(error.message)) {
    return new GoldsmithError('guest-auth', `The ${name} refused the login: ${error.message}.`, {
      hint: 'See ssh_proxy_username and ssh_proxy_password.',
    });
  }
  const isAboutGuest = /rejected connection/i.test(error.message);
  return new RouteError(isAboutGuest ? 'refused' : 'no-way', `${name}: ${error.message}`);
}
