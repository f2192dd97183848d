import type { ServerOptions } from 'node:http';

/**
 * What one peer may take. Node's defaults hold 500 of 500 half-open connections for a minute and know no cap; an
 * installer needs one connection at a time and small requests.
 */
export const SERVER_OPTIONS = {
  headersTimeout: 5000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 8192,
  insecureHTTPParser: false,
  requireHostHeader: false, // `refusal` asks for it, but only of HTTP/1.1
} as const satisfies ServerOptions;

/** When one more comes, the connection that has been idle longest is closed: a fetch never waits for slow ones. */
export const MAX_CONNECTIONS = 64;
export const MAX_REQUESTS_PER_SOCKET = 32;
/** Without a byte in either direction, for example because the peer does not read. */
export const SILENT_SOCKET_MS = 60_000;
/** What is told of one server: more come only from a peer that wants to fill the journal. */
export const MAX_TOLD_REQUESTS = 100_000;
export const MAX_TOLD_PATH_LENGTH = 256;

/** On every answer: never cached, never guessed to be another type. No header of CORS, so browsers keep out. */
export const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Content-Type': 'application/octet-stream',
};
