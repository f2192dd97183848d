import { once } from 'node:events';
import net from 'node:net';
import { pipeline } from 'node:stream';
import { GoldsmithError } from '../../model/failure.ts';
import type { Route } from './route.ts';

/** A loopback port of this host that leads to a guest, for programs that know nothing of the way there. */
export interface Entrance {
  host: string;
  port: number;
  close(): Promise<void>;
}

/** Opens one for as long as it is needed. What cannot reach the guest is closed, as a port without a server would be. */
export async function openEntrance(route: Route, to: { host: string; port: number }): Promise<Entrance> {
  const ended = new AbortController();
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    join(socket, signal => route.open(to.host, to.port, signal), ended.signal);
  });
  const host = '127.0.0.1';
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new GoldsmithError('host-lacks', 'No port is free.');
  const close = async (): Promise<void> => {
    ended.abort();
    for (const socket of sockets) socket.destroy();
    await new Promise(resolve => server.close(resolve));
  };
  return { host, port: address.port, close };
}

/** Connects a socket with what `open` gives, until either of them ends. */
export function join(
  socket: net.Socket,
  open: (signal: AbortSignal) => Promise<NodeJS.ReadWriteStream>,
  signal: AbortSignal,
): void {
  // One end's error is the other's end; nobody else is there to be told.
  const ignore = (): void => undefined;
  socket.on('error', ignore);
  open(signal).then(
    other => {
      other.on('error', ignore);
      pipeline(socket, other, ignore);
      pipeline(other, socket, ignore);
    },
    () => socket.destroy(),
  );
}
