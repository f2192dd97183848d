import { once } from 'node:events';
import net from 'node:net';
import type { Client, ClientChannel, TcpConnectionDetails } from 'ssh2';
import { GoldsmithError } from '../../model/failure.ts';
import type { Tunnel } from '../../model/recipe.ts';
import { pause } from '../pause.ts';
import { join } from './entrance.ts';

const LOOPBACK = 'localhost';
/** A guest may hold the port for a moment longer than the connection that is lost. */
const TRIES = 5;
const RETRY_MS = 1000;

/** A recipe's `ssh_local_tunnels` and `ssh_remote_tunnels`: they go on with every new connection to the guest. */
export class Tunnels {
  readonly #servers: net.Server[] = [];
  readonly #sockets = new Set<net.Socket>();
  #client: Client | undefined;
  readonly #ended = new AbortController();

  constructor(readonly specs: { local: Tunnel[]; remote: Tunnel[] }) {}

  /**
   * Opens them over a connection, or over the next one.
   * @throws GoldsmithError `busy` when a port of this host is taken, `guest-unreachable` when the guest refuses one
   */
  async attach(client: Client): Promise<void> {
    this.#client = client;
    if (this.#servers.length === 0) for (const tunnel of this.specs.local) await this.#listen(tunnel);
    client.on('tcp connection', (details, accept, reject) => this.#accept(details, accept, reject));
    for (const tunnel of this.specs.remote) await this.#ask(client, tunnel);
  }

  close(): void {
    this.#ended.abort();
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #listen({ port, toHost, toPort }: Tunnel): Promise<void> {
    const server = net.createServer(socket => {
      this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)));
      join(socket, () => this.#throughGuest(toHost, toPort), this.#ended.signal);
    });
    this.#servers.push(server);
    server.listen(port, LOOPBACK);
    await once(server, 'listening').catch((error: Error) => {
      throw new GoldsmithError('busy', `The tunnel's port ${port} cannot be opened on this host: ${error.message}`, {
        hint: 'Choose another first number in ssh_local_tunnels.',
      });
    });
  }

  #throughGuest(host: string, port: number): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      if (!this.#client) return reject(new Error('there is no connection'));
      this.#client.forwardOut(LOOPBACK, 0, host, port, (error, channel) => (error ? reject(error) : resolve(channel)));
    });
  }

  async #ask(client: Client, { port }: Tunnel): Promise<void> {
    for (let left = TRIES - 1; ; left--) {
      const error = await new Promise<Error | undefined>(resolve => {
        client.once('close', () => resolve(undefined)); // the next connection asks again
        client.forwardIn(LOOPBACK, port, resolve);
      });
      if (!error) return;
      if (left === 0) {
        throw new GoldsmithError(
          'guest-unreachable',
          `The guest does not open the tunnel's port ${port}: ${error.message}`,
          {
            hint: 'The port is taken there, or its sshd_config forbids it (AllowTcpForwarding).',
          },
        );
      }
      await pause(RETRY_MS, this.#ended.signal);
    }
  }

  #accept({ destPort }: TcpConnectionDetails, accept: () => ClientChannel, reject: () => void): void {
    const tunnel = this.specs.remote.find(({ port }) => port === destPort);
    if (!tunnel) {
      reject();
      return;
    }
    const socket = net.connect({ host: tunnel.toHost, port: tunnel.toPort });
    this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      join(socket, async () => accept(), this.#ended.signal);
    });
  }
}
