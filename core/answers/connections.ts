import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps a server at `max` connections by closing the one that has been idle longest (before its first request, in the
 * midst of a slow one, or kept alive); only if none is idle, the oldest. Node's own `maxConnections` turns the newest
 * away instead, so that a few dozen half-open connections would keep everybody out.
 */
export function capConnections(server: Server, max: number): void {
  const open = new Set<Socket>();
  const busy = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      busy.delete(socket);
    });
    if (open.size > max) oldest(open, busy)?.destroy();
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    busy.add(socket);
    response.once('close', () => {
      busy.delete(socket);
      if (open.delete(socket)) open.add(socket); // idle from now on: the last in line
    });
  });
}

/** A set keeps the order in which its members came. */
function oldest(open: ReadonlySet<Socket>, busy: ReadonlySet<Socket>): Socket | undefined {
  for (const socket of open) if (!busy.has(socket)) return socket;
  return open.values().next().value;
}
