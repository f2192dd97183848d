import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scope } from '../build/scope.ts';
import { HEADERS, MAX_TOLD_PATH_LENGTH, MAX_TOLD_REQUESTS } from './limits.ts';
import { type ByteRange, parseRange } from './range.ts';
import { type Advertised, refusal } from './refusal.ts';
import { type ServedFile, ServedFiles, withoutToken } from './served-files.ts';

interface Reply {
  status: number;
  /** The file this is, or is a part of. */
  file?: ServedFile;
  body?: Buffer;
  headers?: Record<string, string>;
}

/** One request as it is told. */
export interface ToldRequest {
  method: string;
  /** Of the map, or what was asked for, made safe to show. */
  path: string;
  status: number;
  bytes: number;
  ms: number;
  /** The address it came from. */
  peer: string;
}

const NOTHING = Buffer.alloc(0);

/** Answers requests out of memory, counts and tells them. Knows nothing of sockets. */
export class AnswerService {
  readonly fetched = new Map<string, number>();
  #files: ServedFiles;
  #waiters: { path: string | undefined; resolve: (path: string) => void }[] = [];
  #told = 0;
  #isClosed = false;

  constructor(
    readonly scope: Pick<Scope, 'emit'>,
    readonly advertised: Advertised,
    readonly token: string | undefined,
    files: ReadonlyMap<string, Buffer>,
    readonly onRequest: (request: ToldRequest) => void = () => {},
  ) {
    this.#files = new ServedFiles(files);
  }

  replace(files: ReadonlyMap<string, Buffer>): void {
    this.#files = new ServedFiles(files);
  }

  whenFetched(path?: string): Promise<string> {
    const already = path === undefined ? this.fetched.keys().next().value : this.fetched.has(path) ? path : undefined;
    if (already !== undefined) return Promise.resolve(already);
    return new Promise(resolve => this.#waiters.push({ path, resolve }));
  }

  /** Nothing is told any more: the journal may be closed by the time the last sockets are. */
  close(): void {
    this.#isClosed = true;
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const startedAt = performance.now();
    const path = withoutToken(request.url ?? '', this.token);
    const reply = this.#reply(request, path);
    const body = reply.body ?? NOTHING;
    const isHead = request.method === 'HEAD';
    let isWhole = false;
    // `finish` comes, too, when a peer left in the middle; by then its socket is destroyed.
    response.once('finish', () => {
      isWhole = !request.socket.destroyed;
    });
    response.writeHead(reply.status, { ...HEADERS, ...reply.headers, 'Content-Length': body.length });
    response.end(isHead ? undefined : body);
    response.once('close', () => {
      if (reply.file && isWhole && !isHead) this.#count(reply.file.path);
      this.#tell({
        method: request.method ?? '',
        path: reply.file?.path ?? this.#shown(path ?? request.url ?? ''),
        status: reply.status,
        bytes: isWhole && !isHead ? body.length : 0,
        ms: Math.round(performance.now() - startedAt),
        peer: request.socket.remoteAddress ?? '',
      });
    });
  }

  #reply(request: IncomingMessage, path: string | undefined): Reply {
    const status = refusal(request, this.advertised);
    if (status !== undefined) return { status, headers: REFUSED[status] ?? {} };
    const file = path === undefined ? undefined : this.#files.find(path);
    if (!file) return { status: 404 };
    const range = request.method === 'GET' ? parseRange(request.headers.range, file.content.length) : undefined;
    return range === undefined ? whole(file) : part(file, range);
  }

  #count(path: string): void {
    this.fetched.set(path, (this.fetched.get(path) ?? 0) + 1);
    const served = this.#waiters.filter(waiter => waiter.path === undefined || waiter.path === path);
    this.#waiters = this.#waiters.filter(waiter => !served.includes(waiter));
    for (const waiter of served) waiter.resolve(path);
  }

  #tell({ peer, ...request }: ToldRequest): void {
    this.#told++;
    if (this.#isClosed) return;
    this.onRequest({ ...request, peer });
    if (this.#told > MAX_TOLD_REQUESTS) return;
    try {
      this.scope.emit({ type: 'request', ...request });
      if (this.#told < MAX_TOLD_REQUESTS) return;
      this.scope.emit({ type: 'warning', message: 'The answer server has had very many requests; no more are shown.' });
    } catch {
      // The journal cannot be written. The build's own steps will fail of that; a guest's request must not end us.
    }
  }

  /** A path that was not found, as text that is safe to show and without the token, wherever it stands. */
  #shown(target: string): string {
    const masked = this.token === undefined ? target : target.replaceAll(this.token, '<token>');
    return masked.slice(0, MAX_TOLD_PATH_LENGTH).replace(/[^\x21-\x7e]/g, character => encodeURIComponent(character));
  }
}

const REFUSED: Readonly<Record<number, Record<string, string>>> = {
  400: { Connection: 'close' },
  405: { Allow: 'GET, HEAD' },
};

const whole = (file: ServedFile): Reply => ({
  status: 200,
  file,
  body: file.content,
  headers: { 'Accept-Ranges': 'bytes' },
});

function part(file: ServedFile, range: ByteRange | 'unsatisfiable'): Reply {
  const { length } = file.content;
  if (range === 'unsatisfiable') return { status: 416, headers: { 'Content-Range': `bytes */${length}` } };
  const headers = { 'Accept-Ranges': 'bytes', 'Content-Range': `bytes ${range.first}-${range.last}/${length}` };
  return { status: 206, file, body: file.content.subarray(range.first, range.last + 1), headers };
}
