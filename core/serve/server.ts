import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { FRAME_BYTES } from '../../electron/ipc/wire.ts';
import { GoldsmithError } from '../model/failure.ts';
import { Access } from './access.ts';
import { readAssets } from './assets.ts';
import type { Host } from './host.ts';
import { News } from './news.ts';
import { answerPage } from './pages.ts';
import { Session } from './session.ts';
import { webSocketLink } from './web-socket.ts';

/** Where pages open their link. */
export const LINK_PATH = '/link';
const MOST_PAGES = 32;

export interface Serving {
  /** With the token: whoever has it may do everything. */
  url: string;
  port: number;
  close(): Promise<void>;
}

/** Serves the app on 127.0.0.1. @throws GoldsmithError `busy` when the port is taken, `host-lacks` without built pages */
export async function startServer(host: Host, options: { port: number; assets: string }): Promise<Serving> {
  const access = new Access();
  const assets = await readAssets(options.assets);
  const news = new News(host);
  const server = createServer({ maxHeaderSize: 16_384, requestTimeout: 30_000, headersTimeout: 10_000 });
  server.maxConnections = 256;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES, perMessageDeflate: false });
  sockets.on('connection', socket => new Session(host, webSocketLink(socket), news));
  server.on('request', (request, response) => answerPage(request, response, { access, assets }));
  server.on('upgrade', (request, socket, head) => {
    const status = refusalOf(request, access, sockets.clients.size);
    if (status !== undefined) return refuse(socket, status);
    sockets.handleUpgrade(request, socket, head, client => sockets.emit('connection', client, request));
  });
  const port = await listen(server, options.port);
  access.listensOn(port);
  return { url: access.url, port, close: () => close(server, sockets) };
}

/** Why a WebSocket is not opened; undefined when it may. */
function refusalOf(request: IncomingMessage, access: Access, open: number): string | undefined {
  if (!access.isOurHost(request)) return '421 Misdirected Request';
  if (!access.isOurOrigin(request, true)) return '403 Forbidden';
  if (!access.hasCookie(request)) return '401 Unauthorized';
  if (request.url !== LINK_PATH) return '404 Not Found';
  return open >= MOST_PAGES ? '503 Service Unavailable' : undefined;
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => {}); // it may be gone before it has read why
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new GoldsmithError(
          cause.code === 'EADDRINUSE' ? 'busy' : 'host-lacks',
          `Port ${port} on 127.0.0.1 cannot be used: ${cause.message}`,
          { hint: 'Give another --port; without one, a free port is taken.', cause },
        ),
      ),
    );
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const client of sockets.clients) client.terminate();
  server.closeAllConnections();
  return new Promise(resolve => server.close(() => resolve()));
}
