import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scope } from '../build/scope.ts';
import { GoldsmithError } from '../model/failure.ts';
import { HEADERS, MAX_CONNECTIONS, MAX_REQUESTS_PER_SOCKET, SERVER_OPTIONS } from './limits.ts';
import { type ByteRange, parseRange } from './range.ts';

export interface AnswerServerOptions {
  /** Absolute path to bytes. */
  files: ReadonlyMap<string, Buffer>;
  /** One address of this host; never a wildcard. */
  bind: string;
  portMin: number;
  portMax: number;
  /** What the guest calls us: any other `Host` is refused, which ends DNS rebinding. */
  advertisedHost: string;
  /** First segment of every path. */
  token?: string;
}

export interface AnswerServer {
  readonly port: number;
  /** How often each path was answered in full or in part. */
  readonly fetched: ReadonlyMap<string, number>;
  /** The URL a guest fetches a path at. */
  url(path: string): string;
  /** Resolves with the path of the first answer given, or once `path` was. */
  whenFetched(path?: string): Promise<string>;
  /** Serves other files from now on, all at once. */
  replace(files: ReadonlyMap<string, Buffer>): void;
  close(): Promise<void>;
}

/**
 * Serves rendered answers: an immutable map from path to bytes, no file access, no listing, no hints. Every request
 * is told. Closes with the scope's signal or `close`; the socket ends with our process, so nothing is held.
 * @throws GoldsmithError `busy` when every port of the range is taken, `usage` for a wildcard address
 */
export async function startAnswerServer(scope: Scope, options: AnswerServerOptions): Promise<AnswerServer> {
  if (['0.0.0.0', '::', ''].includes(options.bind)) {
    throw new GoldsmithError(
      'usage',
      'The answer server does not listen on all interfaces: answers may hold secrets.',
      {
        hint: 'Give the one address that the guest reaches.',
      },
    );
  }
  const service = new AnswerService(scope, options);
  const server = createServer(SERVER_OPTIONS, (request, response) => service.answer(request, response));
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;
  server.on('clientError', (_error, socket) => socket.destroy());
  await listenInRange(server, options);
  service.port = (server.address() as AddressInfo).port;
  scope.signal.addEventListener('abort', () => void service.close(server), { once: true });
  server.unref();
  return {
    port: service.port,
    fetched: service.fetched,
    url: path => `http://${options.advertisedHost}:${service.port}${options.token ? `/${options.token}` : ''}${path}`,
    whenFetched: path => service.whenFetched(path),
    replace: files => service.replace(files),
    close: () => service.close(server),
  };
}

interface Reply {
  status: number;
  body?: Buffer;
  headers?: Record<string, string>;
}

/** Ways to be turned away, tried in order, before the map is looked at. */
type Refusal = (request: IncomingMessage, service: { host: string; port: number }) => number | undefined;

const REFUSALS: readonly Refusal[] = [
  ({ method }) => (method === 'GET' || method === 'HEAD' ? undefined : 405),
  ({ headers }, { host, port }) =>
    headers.host === undefined || headers.host === `${host}:${port}` || headers.host === host ? undefined : 403,
  // A browser says where a request comes from; no installer is one.
  ({ headers }) =>
    Object.keys(headers).some(name => name === 'origin' || name.startsWith('sec-fetch-')) ? 403 : undefined,
];

class AnswerService {
  readonly fetched = new Map<string, number>();
  port = 0;
  #files: ReadonlyMap<string, Buffer>;
  #waiters: { path: string | undefined; resolve: (path: string) => void }[] = [];

  constructor(
    readonly scope: Scope,
    readonly options: AnswerServerOptions,
  ) {
    this.#files = new Map(options.files);
  }

  replace(files: ReadonlyMap<string, Buffer>): void {
    this.#files = new Map(files);
  }

  whenFetched(path?: string): Promise<string> {
    const already = path === undefined ? [...this.fetched.keys()][0] : this.fetched.has(path) ? path : undefined;
    if (already !== undefined) return Promise.resolve(already);
    return new Promise(resolve => this.#waiters.push({ path, resolve }));
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const startedAt = performance.now();
    const path = this.#pathOf(request.url ?? '');
    const { status, body, headers } = this.#reply(request, path);
    response.writeHead(status, { ...HEADERS, ...headers, 'Content-Length': body?.length ?? 0 });
    response.end(request.method === 'HEAD' ? undefined : body);
    response.once('close', () => {
      const ms = Math.round(performance.now() - startedAt);
      const shown = path ?? '(outside)';
      this.scope.emit({
        type: 'request',
        method: request.method ?? '',
        path: shown,
        status,
        bytes: body?.length ?? 0,
        ms,
      });
    });
    if (path !== undefined && (status === 200 || status === 206)) this.#count(path);
  }

  #reply(request: IncomingMessage, path: string | undefined): Reply {
    const host = { host: this.options.advertisedHost, port: this.port };
    for (const refuse of REFUSALS) {
      const status = refuse(request, host);
      if (status !== undefined) return { status };
    }
    const file = path === undefined ? undefined : this.#files.get(path);
    if (!file) return { status: 404 };
    const range = parseRange(request.headers.range, file.length);
    return range === undefined
      ? { status: 200, body: file, headers: { 'Accept-Ranges': 'bytes' } }
      : partial(file, range);
  }

  /** The raw path without its token and query; undefined when the token is missing or wrong. Nothing is decoded. */
  #pathOf(url: string): string | undefined {
    const raw = url.split(/[?#]/, 1)[0] ?? '';
    const { token } = this.options;
    if (token === undefined) return raw;
    const prefix = Buffer.from(`/${token}/`);
    const given = Buffer.from(raw).subarray(0, prefix.length);
    const isRight = given.length === prefix.length && timingSafeEqual(given, prefix);
    return isRight ? raw.slice(prefix.length - 1) : undefined;
  }

  #count(path: string): void {
    this.fetched.set(path, (this.fetched.get(path) ?? 0) + 1);
    const served = this.#waiters.filter(waiter => waiter.path === undefined || waiter.path === path);
    this.#waiters = this.#waiters.filter(waiter => !served.includes(waiter));
    for (const waiter of served) waiter.resolve(path);
  }

  async close(server: Server): Promise<void> {
    server.closeAllConnections();
    await new Promise<void>(resolve => server.close(() => resolve()));
  }
}

function partial(file: Buffer, range: ByteRange | 'unsatisfiable'): Reply {
  if (range === 'unsatisfiable') return { status: 416, headers: { 'Content-Range': `bytes */${file.length}` } };
  const headers = { 'Content-Range': `bytes ${range.first}-${range.last}/${file.length}` };
  return { status: 206, body: file.subarray(range.first, range.last + 1), headers };
}

/** Takes a random free port, so that two builds seldom meet; then any free one. */
async function listenInRange(server: Server, { bind, portMin, portMax }: AnswerServerOptions): Promise<void> {
  const count = portMax - portMin + 1;
  const start = Math.floor(Math.random() * count);
  for (let step = 0; step < count; step++) {
    if (await tryListen(server, bind, portMin + ((start + step) % count))) return;
  }
  throw new GoldsmithError('busy', `Every port from ${portMin} to ${portMax} on ${bind} is taken.`, {
    hint: 'Widen http_port_min and http_port_max in the recipe.',
  });
}

function tryListen(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening);
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(new GoldsmithError('busy', `Cannot serve answers on ${host}: ${error.message}.`, { cause: error }));
    };
    const onListening = (): void => {
      server.off('error', onError);
      resolve(true);
    };
    server.once('error', onError);
    server.once('listening', onListening);
    server.listen(port, host);
  });
}
