import type { CustomScheme, Protocol } from 'electron';
import type { Asset } from '../core/serve/assets.ts';
import { contentOf } from '../core/serve/content.ts';

export const APP_ORIGIN = 'app://goldsmith';

/** `standard` and `secure`: an origin of its own with all of the web's rules. It bypasses no content policy. */
export const APP_SCHEME: CustomScheme = {
  scheme: 'app',
  privileges: { standard: true, secure: true, supportFetchAPI: false, corsEnabled: false, bypassCSP: false },
};

/** The page needs no network at all: its link is a MessagePort. */
const NO_CONNECTION = "'none'";

/** Serves the pages from a fixed list: a URL is looked up as it stands and never becomes a path of the file system. */
export function serveApp(protocol: Protocol, assets: Map<string, Asset>): void {
  protocol.handle('app', request => {
    const { origin, path } = splitUrl(request.url);
    const asset = origin === APP_ORIGIN && request.method === 'GET' ? assets.get(path) : undefined;
    if (!asset) return new Response('Not found.', { status: 404, headers: { 'Content-Type': 'text/plain' } });
    const { headers, body } = contentOf(asset, NO_CONNECTION);
    return new Response(new Uint8Array(body), { headers });
  });
}

/** Not with `URL`, which resolves `..` and decodes: what is not literally in the list is not there. */
function splitUrl(url: string): { origin: string; path: string } {
  const [, origin = '', path = ''] = /^([a-z]+:\/\/[^/?#]*)([^?#]*)/.exec(url) ?? [];
  return { origin, path: path === '' ? '/' : path };
}
