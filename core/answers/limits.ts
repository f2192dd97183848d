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
  requireHostHeader: false, // HTTP/1.0 installers send none; what is sent must be right
} as const satisfies ServerOptions;

export const MAX_CONNECTIONS = 1024;
export const MAX_REQUESTS_PER_SOCKET = 32;

/** On every answer: never cached, never guessed to be another type. */
export const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Content-Type': 'application/octet-stream',
};
