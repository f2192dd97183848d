import type { IncomingMessage } from 'node:http';

/** How the guest names this server. */
export interface Advertised {
  /** An IPv6 address in brackets. */
  host: string;
  port: number;
}

type Check = (request: IncomingMessage, advertised: Advertised) => number | undefined;

const isFetch: Check = ({ method }) => (method === 'GET' || method === 'HEAD' ? undefined : 405);

/** The parser takes `HTTP/2.0` written as text, which nobody sends in good faith. */
const isOurProtocol: Check = ({ httpVersion }) => (httpVersion === '1.1' || httpVersion === '1.0' ? undefined : 505);

/** One `Host`, and ours: with the port, or without it as GRUB sends it. HTTP/1.0 need not send any. */
const isForUs: Check = ({ rawHeaders, httpVersion }, { host, port }) => {
  const hosts = rawHeaders.filter((_, nth) => nth % 2 === 1 && rawHeaders[nth - 1]?.toLowerCase() === 'host');
  if (hosts.length === 0) return httpVersion === '1.0' ? undefined : 400;
  if (hosts.length > 1) return 400;
  return hosts[0] === `${host}:${port}` || hosts[0] === host ? undefined : 403;
};

/** A browser says where a request comes from, and what for; no installer is one. */
const isNoBrowser: Check = ({ headers }) =>
  Object.keys(headers).some(name => name === 'origin' || name.startsWith('sec-fetch-')) ? 403 : undefined;

/** A fetch has no body; one would be read for nothing, or belong to the next request of somebody else. */
const hasNoBody: Check = ({ headers }) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0 ? 400 : undefined;

const CHECKS: readonly Check[] = [isOurProtocol, isFetch, isForUs, isNoBrowser, hasNoBody];

/**
 * The status to turn a request away with, before its path is looked at. The `Host` must be what the guest was told,
 * which ends DNS rebinding.
 */
export function refusal(request: IncomingMessage, advertised: Advertised): number | undefined {
  for (const check of CHECKS) {
    const status = check(request, advertised);
    if (status !== undefined) return status;
  }
  return undefined;
}
