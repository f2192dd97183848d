import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import type { Scope } from '../build/scope.ts';
import { GoldsmithError } from '../model/failure.ts';
import { type LogMessage, parseSyslog } from './syslog.ts';

/** Beyond these a guest floods us; the rest is dropped with one warning. A real Debian installation logs under 2 MiB. */
const LIMITS = { fileBytes: 32 * 1024 * 1024, events: 50_000, connections: 8, lineChars: 65_536 } as const;
/** Severity 7 is kept in the file but is no event: a build's journal is read by people. */
const DEBUG = 7;

export interface ReceiverOptions {
  /** One address of this host: loopback, which QEMU's user network hands the guest's 10.0.2.2 on to; or the host's on a bridge. */
  bind: string;
  /** Undefined: any that is free. */
  port?: number;
  /** Every line is kept here, secrets masked. */
  file: string;
  /** Called for every line, debug lines too. */
  onLine(message: LogMessage): void;
}

export interface LogReceiver {
  port: number;
  /** Stops listening and flushes the file. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Receives an installer's syslog over UDP (Debian's) and TCP (Anaconda's) at one port, keeps it, and tells each line as a `line` event of source `installer`.
 * The socket ends with our process, so it needs no `hold`; it is closed with `close` or when the scope is cancelled.
 */
export async function startLogReceiver(scope: Scope, options: ReceiverOptions): Promise<LogReceiver> {
  const socket = createSocket(options.bind.includes(':') ? 'udp6' : 'udp4');
  socket.unref();
  const keep = keeper(scope, options.file);
  const take = (text: string): void => {
    for (const message of parseSyslog(text)) {
      const masked = { ...message, text: maskHashes(scope.secrets.mask(message.text)) };
      keep.line(masked);
      options.onLine(masked);
    }
  };
  socket.on('message', datagram => take(datagram.toString('utf8')));
  await listen(socket, options.bind, options.port ?? 0);
  const streams = await listenTcp(options.bind, socket.address().port, take);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= Promise.all([new Promise<void>(resolve => socket.close(() => resolve())), streams?.close()]).then(() =>
      keep.close(),
    );
    return closing;
  };
  scope.signal.addEventListener('abort', () => void close(), { once: true });
  return { port: socket.address().port, close };
}

async function listen(socket: ReturnType<typeof createSocket>, address: string, port: number): Promise<void> {
  socket.bind({ port, address });
  try {
    await once(socket, 'listening');
  } catch (cause) {
    throw new GoldsmithError('busy', `Cannot receive the installer's log on ${address}.`, { cause });
  }
  socket.on('error', () => {});
}

/**
 * The same port over TCP: a message a line (RFC 6587, 3.4.2). Undefined where somebody else has it: the installers that
 * send datagrams are heard all the same.
 */
async function listenTcp(
  host: string,
  port: number,
  take: (text: string) => void,
): Promise<{ close(): Promise<void> } | undefined> {
  const open = new Set<Socket>();
  const server: Server = createServer(socket => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
    readLines(socket, take);
  });
  server.maxConnections = LIMITS.connections;
  server.unref();
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  server.on('error', () => {});
  const close = async (): Promise<void> => {
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    for (const socket of open) socket.destroy();
    await closed;
  };
  return { close };
}

/** Lines as they come; one without an end is cut. */
function readLines(socket: Socket, take: (text: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8').unref();
  socket.on('data', (piece: string) => {
    const lines = (rest + piece).split('\n');
    rest = (lines.pop() ?? '').slice(0, LIMITS.lineChars);
    for (const line of lines) take(line);
  });
  socket.once('end', () => take(rest));
}

/** Writes lines to the file and to the journal until a limit is reached. */
function keeper(scope: Scope, file: string): { line(message: LogMessage): void; close(): Promise<void> } {
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
  stream.on('error', error =>
    scope.emit({ type: 'warning', message: `The installer's log is not kept: ${error.message}` }),
  );
  let bytes = 0;
  let events = 0;
  const line = ({ text, severity }: LogMessage): void => {
    bytes += text.length + 1;
    if (bytes <= LIMITS.fileBytes && stream.writable) stream.write(`${text}\n`);
    if (severity === DEBUG || ++events > LIMITS.events + 1) return;
    if (events > LIMITS.events) {
      scope.emit({ type: 'warning', message: `The installer logs too much; see ${file} for the rest.` });
    } else scope.emit({ type: 'line', source: 'installer', line: text, ...level(severity, text) });
  };
  const close = async (): Promise<void> => {
    if (stream.destroyed) return;
    stream.end();
    await finished(stream).catch(() => {});
  };
  return { line, close };
}

function level(severity: number | undefined, text: string): { level?: 'error' | 'warning' } {
  if ((severity ?? 6) <= 3 || /\berror: |\bE: /.test(text)) return { level: 'error' };
  if (severity === 4 || /\bWARNING \*\*|\bwarning: |\bW: /.test(text)) return { level: 'warning' };
  return {};
}

/** crypt(5) hashes, which `DEBCONF_DEBUG` and shell traces show though nobody declared them secret. */
export const maskHashes = (text: string): string =>
  text.replace(/\$(?:1|2[abxy]|5|6|7|y|gy|sha1)\$[./A-Za-z0-9=,$]{8,}/g, '<secret>');
