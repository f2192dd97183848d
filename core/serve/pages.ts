import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from './access.ts';
import { type Asset, NONCE } from './assets.ts';

/** What every answer carries. */
const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), payment=()',
};

/** Nothing but what comes from here; styles that the terminal and the editor make are known by a nonce. */
export const contentPolicy = (nonce: string, connect: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

const ASKING = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Goldsmith</title>
<h1>Goldsmith</h1><p>This page opens with the whole address that <code>goldsmith serve</code> printed, once in each browser.</p>`;

interface Short {
  status: number;
  text: string;
  type?: string;
  cookie?: string;
}

const HTML = 'text/html; charset=utf-8';

/** Answers one request for a page or a file of it. */
export function answerPage(
  request: IncomingMessage,
  response: ServerResponse,
  { access, assets }: { access: Access; assets: Map<string, Asset> },
): void {
  // As it was sent: nothing is decoded or resolved, so there is nothing to be tricked.
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const asset = assets.get(path);
  const short = refusalOf(request, access) ?? entrance(request, access, path, new URLSearchParams(query).get('token'));
  if (short) sayShortly(response, short);
  else if (asset) send(request, response, asset);
  else sayShortly(response, { status: 404, text: 'Not found.' });
}

function refusalOf(request: IncomingMessage, access: Access): Short | undefined {
  if (!access.isOurHost(request)) {
    return { status: 421, text: 'This server answers to 127.0.0.1 and localhost only.' };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, text: 'Only GET.' };
  const isNavigation = request.headers['sec-fetch-mode'] === 'navigate';
  return isNavigation || access.isOurOrigin(request, false) ? undefined : { status: 403, text: 'Another origin.' };
}

const GOING_ON =
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>Goldsmith</title><meta http-equiv="refresh" content="0;url=/">';

/**
 * The token becomes a cookie and leaves the address bar at once: it must not stay in the history. A page that goes on
 * by itself, because a redirect that began on another site (a chat, a mail) would not carry a `SameSite=Strict` cookie.
 */
function entrance(request: IncomingMessage, access: Access, path: string, token: string | null): Short | undefined {
  if (path === '/' && token !== null && access.isToken(token)) {
    return { status: 200, text: GOING_ON, type: HTML, cookie: access.setCookie(request) };
  }
  const isKnown = token === null && access.hasCookie(request);
  return isKnown ? undefined : { status: 401, text: ASKING, type: HTML };
}

function send(request: IncomingMessage, response: ServerResponse, { type, body, isImmutable }: Asset): void {
  const nonce = randomBytes(16).toString('base64');
  const isPage = type.startsWith('text/html');
  const content = isPage ? Buffer.from(body.toString('utf8').replaceAll(NONCE, nonce)) : body;
  response.writeHead(200, {
    ...HEADERS,
    'Content-Type': type,
    'Content-Length': content.length,
    'Cache-Control': isImmutable ? 'private, max-age=31536000, immutable' : 'no-store',
    'Content-Security-Policy': contentPolicy(nonce, `'self' ws://${request.headers.host}`),
  });
  response.end(request.method === 'HEAD' ? undefined : content);
}

/** A short answer of its own, whose headers allow nothing to anybody. */
function sayShortly(response: ServerResponse, { status, text, type, cookie }: Short): void {
  response.writeHead(status, {
    ...HEADERS,
    'Content-Type': type ?? 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ...(cookie === undefined ? {} : { 'Set-Cookie': cookie }),
  });
  response.end(text);
}
