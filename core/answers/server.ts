import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Scope } from '../build/scope.ts';
import { capConnections } from './connections.ts';
import { MAX_CONNECTIONS, MAX_REQUESTS_PER_SOCKET, SERVER_OPTIONS, SILENT_SOCKET_MS } from './limits.ts';
import { inUrl, listenInRange, requireOneAddress } from './listen.ts';
import { AnswerService, type ToldRequest } from './service.ts';

export interface AnswerServerOptions {
  /** Absolute URL path to bytes. */
  files: ReadonlyMap<string, Buffer>;
  /** One address of this host; never a wildcard. */
  bind: string;
  portMin: number;
  portMax: number;
  /** The address that the guest knows us by: any other `Host` is refused, which ends DNS rebinding. */
  advertisedHost: string;
  /** First segment of every path. */
  token?: string;
  /** At most so many connections at once; the one that has been idle longest makes room. */
  maxConnections?: number;
  /** PEM. With it the server speaks HTTPS, and nothing else. */
  tls?: { cert: Buffer; key: Buffer };
  /** Leads guests to the port; gives the one at which they find it. Missing: the same. */
  carry?(port: number): Promise<number>;
  /** Told beside the scope's event, with who asked. */
  onRequest?(request: ToldRequest): void;
}

export interface AnswerServer {
  readonly port: number;
  /** The port at which guests find it. */
  readonly seenPort: number;
  /** How often each path was given to its end, whole or as a range. */
  readonly fetched: ReadonlyMap<string, number>;
  /** The URL a guest fetches a path at. */
  url(path: string): string;
  /** Resolves with the path once it was fetched, or the first of any; at once if it was before. */
  whenFetched(path?: string): Promise<string>;
  /** Serves other files from now on, all at once; answers under way are finished with the old ones. */
  replace(files: ReadonlyMap<string, Buffer>): void;
  /** Ends it with all its connections. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Serves rendered answers: an immutable map from path to bytes, no file access, no listing, no hints. Every request is
 * told. It closes with `close` or the scope's signal; its socket ends with our process, so there is nothing to recover.
 * @throws GoldsmithError `usage` for a wildcard address, `busy` when every port of the range is taken, `host-lacks`
 *   for an address that is not of this host
 */
export async function startAnswerServer(
  scope: Pick<Scope, 'signal' | 'emit'>,
  options: AnswerServerOptions,
): Promise<AnswerServer> {
  scope.signal.throwIfAborted();
  requireOneAddress(options.bind);
  const advertised = { host: inUrl(options.advertisedHost), port: 0 };
  const service = new AnswerService(scope, advertised, options.token, options.files, options.onRequest);
  const server = limitedServer(service, options);
  const port = await listenInRange(server, options);
  const close = async (): Promise<void> => {
    scope.signal.removeEventListener('abort', close);
    service.close();
    await closeServer(server);
  };
  scope.signal.addEventListener('abort', close, { once: true });
  if (scope.signal.aborted) await close();
  advertised.port = await carried(options, port).catch(async error => {
    await close();
    throw error;
  });
  const base = `${options.tls === undefined ? 'http' : 'https'}://${advertised.host}:${advertised.port}${options.token === undefined ? '' : `/${options.token}`}`;
  return {
    port,
    seenPort: advertised.port,
    fetched: service.fetched,
    url: path => base + encodeURI(path),
    whenFetched: path => service.whenFetched(path),
    replace: files => service.replace(files),
    close,
  };
}

const carried = async ({ carry }: Pick<AnswerServerOptions, 'carry'>, port: number): Promise<number> =>
  carry === undefined ? port : carry(port);

function limitedServer(
  service: AnswerService,
  { tls, maxConnections = MAX_CONNECTIONS }: Pick<AnswerServerOptions, 'tls' | 'maxConnections'>,
): Server {
  const answer = service.answer.bind(service);
  // Connections whose time is up are ended a few at a time: a thousand at once would hold everybody up.
  const limits =
    maxConnections > MAX_CONNECTIONS ? { ...SERVER_OPTIONS, connectionsCheckingInterval: 50 } : SERVER_OPTIONS;
  const server =
    tls === undefined
      ? createServer(limits, answer)
      : createTlsServer({ ...limits, ...tls, handshakeTimeout: SERVER_OPTIONS.headersTimeout }, answer);
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;
  server.setTimeout(SILENT_SOCKET_MS);
  capConnections(server, maxConnections);
  server.unref(); // a build that ended without closing it must not keep the process
  return server;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
