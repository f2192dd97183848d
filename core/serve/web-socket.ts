import type { Buffer } from 'node:buffer';
import type { WebSocket } from 'ws';
import type { Link } from '../../electron/ipc/wire.ts';

/** A page that does not read: what waits for it in our memory before the connection is given up. */
const MOST_BUFFERED_BYTES = 16 * 1024 * 1024;
const PING_MS = 30_000;

/** A WebSocket as a link. Streams have their own back-pressure; this is the last bound for everything else. */
export function webSocketLink(socket: WebSocket): Link {
  let isAlive = true;
  const ping = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, PING_MS);
  socket.on('pong', () => {
    isAlive = true;
  });
  socket.on('close', () => clearInterval(ping));
  socket.on('error', () => socket.terminate()); // an oversized or broken frame
  const send = (data: string | Uint8Array): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MOST_BUFFERED_BYTES) socket.terminate();
    else socket.send(data);
  };
  return {
    sendText: send,
    sendBytes: send,
    onText: listener => socket.on('message', (data: Buffer, isBinary) => isBinary || listener(data.toString('utf8'))),
    onBytes: listener => socket.on('message', (data: Buffer, isBinary) => isBinary && listener(data)),
    onClose: listener => socket.on('close', listener),
    close: () => socket.close(1008),
  };
}
