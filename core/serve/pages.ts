import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from './access.ts';
import type { Asset } from './assets.ts';
import { contentOf, HEADERS } from './content.ts';

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

function send(request: IncomingMessage, response: ServerResponse, asset: Asset): void {
  const { headers, body } = contentOf(asset, `'self' ws://${request.headers.host}`);
  response.writeHead(200, { ...headers, 'Content-Length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
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
