import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps a server at `max` connections by closing the one that has been idle longest (before its first request, in the
 * midst of a slow one, or kept alive); only if none is idle, the oldest. Node's own `maxConnections` turns the newest
 * away instead, so that a few dozen half-open connections would keep everybody out.
 */
export function capConnections(server: Server, max: number): void {
  const open = new Map<string, Socket>();
  const busy = new Set<string>();
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    open.set(name, socket);
    socket.once('close', () => {
      open.delete(name);
      busy.delete(name);
    });
    if (open.size > max) oldest(open, busy)?.destroy();
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const name = nameOf(socket);
    busy.add(name);
    response.once('close', () => {
      busy.delete(name);
      const idle = open.get(name);
      if (idle && open.delete(name)) open.set(name, idle); // idle from now on: the last in line
    });
  });
}

/** The two ends of a connection. With TLS the socket of a request is another object than that of its connection. */
const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

/** A map keeps the order in which its members came. */
function oldest(open: ReadonlyMap<string, Socket>, busy: ReadonlySet<string>): Socket | undefined {
  for (const [name, socket] of open) if (!busy.has(name)) return socket;
  return open.values().next().value;
}
