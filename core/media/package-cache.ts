import { createReadStream } from 'node:fs';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Scope } from '../build/scope.ts';
import { type KeptAnswer, PackageStore } from './package-store.ts';

export interface PackageCacheOptions {
  /** Where packages are kept between builds. */
  dir: string;
  /** Base URLs of the mirrors: no other host and port is asked. */
  mirrors: string[];
  /**
   * Hosts with their ports, as the guest names them, to base URLs on this host: given on and never kept. An installer
   * with a proxy asks it for everything, its answers too.
   */
  passes?: ReadonlyMap<string, string>;
  /** Hosts that there are only here, and how what is asked of them is made; one that fails is answered with 502. */
  makes?: ReadonlyMap<string, (url: URL) => Promise<Readable>>;
  /** The one address it answers on; default 127.0.0.1. */
  bind?: string;
  /** Default: any that is free. */
  port?: number | undefined;
  /** Default 4 GiB. */
  maxBytes?: number;
  /**
   * Told why an installer may stop: `URL STATUS` of what a mirror refused, `URL ECODE` where none was reached (as Node
   * names it: ENOTFOUND), `URL asked for again` of what was not taken.
   */
  onTrouble?: (text: string) => void;
}

export interface PackageCache {
  /** In QEMU's user network an installer's proxy is `http://10.0.2.2:PORT`. */
  readonly port: number;
  /** Answers so far: from here, and from the mirrors. */
  readonly counts: { hits: number; misses: number; refused: number };
  close(): Promise<void>;
}

const MAX_BYTES = 4 * 1024 ** 3;
const MAX_REDIRECTS = 5;
const UPSTREAM_TIMEOUT_MS = 60_000;

/** Named by version, or by hash: what such a name stands for never changes. Everything else is asked for each time. */
const IMMUTABLE = /\/pool\/.*\.u?deb$|\/by-hash\/(?:SHA256|SHA512)\/[0-9a-f]+$/;

/**
 * A caching HTTP proxy for a build's installer: packages come over the network once, not once a build. Plain HTTP to
 * the named mirrors only; it answers on one address and is no open proxy. Packages are checked by the installer itself,
 * by the archive's signatures. Closes with the scope's signal or `close`; nothing is held beyond our process.
 */
export async function startPackageCache(scope: Scope, options: PackageCacheOptions): Promise<PackageCache> {
  const store = new PackageStore(options.dir);
  const hosts = new Set(options.mirrors.map(mirror => new URL(mirror).host));
  const service = new CacheService(store, hosts, scope.signal, options);
  const server = createServer({ headersTimeout: 5000, maxHeaderSize: 16_384 }, (request, response) => {
    // A client that went away while it was answered is its own affair.
    service.answer(request, response).catch(() => response.destroy());
  });
  server.on('connect', (_request, socket) =>
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n'),
  );
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.bind ?? '127.0.0.1', resolve);
  });
  server.unref();
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeServer(server).then(() => store.prune(options.maxBytes ?? MAX_BYTES));
    return closing;
  };
  scope.signal.addEventListener('abort', () => void closeServer(server), { once: true });
  return { port: (server.address() as AddressInfo).port, counts: service.counts, close };
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>(resolve => server.close(() => resolve()));
}

class CacheService {
  readonly counts = { hits: 0, misses: 0, refused: 0 };

  constructor(
    readonly store: PackageStore,
    readonly hosts: ReadonlySet<string>,
    readonly signal: AbortSignal,
    readonly options: Pick<PackageCacheOptions, 'passes' | 'makes' | 'onTrouble'>,
  ) {}

  /** The package that was asked for last. */
  #lastPackage = '';

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = this.#plainUrl(request);
    const pass = url && this.options.passes?.get(url.host);
    if (url && pass !== undefined) return this.#passOn(request, url, pass, response);
    const make = url && this.options.makes?.get(url.host);
    if (url && make) return this.#make(url, make, response);
    if (!url || !this.hosts.has(url.host)) return this.#refuse(request, response);
    const isWanted = request.method === 'GET' && request.headers['if-modified-since'] === undefined;
    const isPackage = isWanted && IMMUTABLE.test(url.pathname);
    // Who asks for the same package again at once did not like what it got: a damaged one must not be kept for good.
    const isAgain = isPackage && this.#lastPackage === url.href;
    if (isPackage) this.#lastPackage = url.href;
    if (isAgain) this.#tell(`${url.href} asked for again`);
    const kept = isAgain ? undefined : await this.store.find(url.href);
    if (kept && IMMUTABLE.test(url.pathname)) return this.#giveKept(request, response, kept);
    const upstream = await this.#ask(request.method ?? 'GET', url, kept?.about).catch(error =>
      this.#unreached(url, error),
    );
    if (!upstream) return fail(response, 504);
    if (upstream.statusCode === 304 && kept) {
      upstream.resume();
      return this.#giveKept(request, response, kept);
    }
    this.counts.misses++;
    if (isPackage && upstream.statusCode !== 200) this.#tell(`${url.href} ${upstream.statusCode}`);
    if (upstream.statusCode === 200 && request.method === 'GET') return this.#relayAndKeep(url, upstream, response);
    response.writeHead(upstream.statusCode ?? 502, relayedHeaders(upstream));
    await pipeline(upstream, response);
  }

  #tell(trouble: string): void {
    this.options.onTrouble?.(trouble);
  }

  async #make(url: URL, make: (url: URL) => Promise<Readable>, response: ServerResponse): Promise<void> {
    const made = await make(url).catch(() => undefined); // whoever makes it says why
    if (!made) return fail(response, 502);
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
    await pipeline(made, response);
  }

  #unreached(url: URL, error: NodeJS.ErrnoException): undefined {
    if (!this.signal.aborted) this.#tell(`${url.href} ${error.code ?? error.message}`);
  }

  async #passOn(request: IncomingMessage, url: URL, base: string, response: ServerResponse): Promise<void> {
    const target = new URL(url.pathname + url.search, base);
    // The server answers to the name the guest knows it by, and to no other.
    const asked = this.#request(request.method ?? 'GET', target, { Host: url.host });
    const upstream = await asked.catch(() => undefined);
    if (!upstream) return fail(response, 504);
    response.writeHead(upstream.statusCode ?? 502, relayedHeaders(upstream));
    await pipeline(upstream, response);
  }

  /** The URL in the request line of a proxy's plain request; undefined for anything else. */
  #plainUrl(request: IncomingMessage): URL | undefined {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    if (!URL.canParse(request.url ?? '')) return undefined;
    const url = new URL(request.url ?? '');
    url.hash = '';
    const isPlain = url.protocol === 'http:' && url.username === '' && url.password === '';
    return isPlain ? url : undefined;
  }

  #refuse(request: IncomingMessage, response: ServerResponse): void {
    this.counts.refused++;
    request.resume();
    fail(response, request.method === 'GET' || request.method === 'HEAD' ? 403 : 405);
  }

  async #giveKept(
    request: IncomingMessage,
    response: ServerResponse,
    { about, file }: { about: KeptAnswer; file: string },
  ): Promise<void> {
    this.counts.hits++;
    const since = request.headers['if-modified-since'];
    if (since !== undefined && since === about.lastModified) return fail(response, 304);
    response.writeHead(200, {
      'Content-Length': about.bytes,
      'Content-Type': about.type ?? 'application/octet-stream',
      ...(about.lastModified ? { 'Last-Modified': about.lastModified } : {}),
    });
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(file), response);
  }

  /** Follows redirects itself: the client could not, since other hosts are refused to it. */
  async #ask(method: string, url: URL, kept: KeptAnswer | undefined): Promise<IncomingMessage> {
    const headers = {
      'Accept-Encoding': 'identity',
      ...(kept?.etag ? { 'If-None-Match': kept.etag } : {}),
      ...(kept?.lastModified ? { 'If-Modified-Since': kept.lastModified } : {}),
    };
    let at = url;
    for (let step = 0; step <= MAX_REDIRECTS; step++) {
      const answer = await this.#request(method, at, headers);
      const { location } = answer.headers;
      if (![301, 302, 303, 307, 308].includes(answer.statusCode ?? 0) || !location) return answer;
      answer.resume();
      at = new URL(location, at);
    }
    throw new Error('too many redirects');
  }

  #request(method: string, url: URL, headers: Record<string, string>): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = start(url, { method, headers, signal: this.signal, timeout: UPSTREAM_TIMEOUT_MS }, resolve);
      request.once('timeout', () =>
        request.destroy(Object.assign(new Error('the mirror is silent'), { code: 'ETIMEDOUT' })),
      );
      request.once('error', reject);
      request.end();
    });
  }

  /** Gives on what comes, and keeps it if it came whole; it is kept before the last of it is given. */
  async #relayAndKeep(url: URL, upstream: IncomingMessage, response: ServerResponse): Promise<void> {
    const incoming = await this.store.receive(url.href);
    const { 'content-type': type, etag, 'last-modified': lastModified } = upstream.headers;
    const about = { ...(type ? { type } : {}), ...(etag ? { etag } : {}), ...(lastModified ? { lastModified } : {}) };
    response.writeHead(200, relayedHeaders(upstream));
    await pipeline(
      upstream,
      async function* (chunks: AsyncIterable<Buffer>) {
        let isKept = false;
        let last: Buffer = Buffer.alloc(0);
        try {
          for await (const chunk of chunks) {
            await incoming.write(chunk);
            yield last;
            last = chunk;
          }
          await incoming.commit(about);
          isKept = true;
          yield last;
        } finally {
          if (!isKept) await incoming.discard();
        }
      },
      response,
    );
  }
}

const RELAYED = ['content-length', 'content-type', 'last-modified', 'etag'];

const relayedHeaders = (upstream: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    RELAYED.flatMap(name => {
      const value = upstream.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );

function fail(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 304 ? {} : { 'Content-Length': 0 });
  response.end();
}
