import type { Session, WebContents } from 'electron';
import { APP_ORIGIN } from './app-protocol.ts';

/** Copying text out of a terminal, after a click. Everything else that a page can ask for is refused. */
const ALLOWED_PERMISSIONS: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

/** Contents of our own pages; `devtools:` when a developer opens them. */
const ALLOWED_REQUESTS = /^(?:app:\/\/goldsmith\/|devtools:|data:image\/|blob:app:\/\/goldsmith\/)/;

/** Every page of every window: it goes nowhere, opens nothing and embeds nothing. */
export function guardContents(contents: WebContents): void {
  contents.on('will-navigate', event => stayHome(event, event.url));
  contents.on('will-frame-navigate', event => stayHome(event, event.url));
  contents.on('will-redirect', event => event.preventDefault());
  contents.on('will-attach-webview', event => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** Its own page may be loaded again; nothing else, whatever its address begins with. */
function stayHome(event: { preventDefault(): void }, url: string): void {
  const isHome = url === `${APP_ORIGIN}/` || url.startsWith(`${APP_ORIGIN}/#`);
  if (!isHome) event.preventDefault();
}

/** Electron allows by default what it is not told to refuse, in two places and for devices in a third. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, callback) =>
    callback(ALLOWED_PERMISSIONS.has(permission)),
  );
  session.setPermissionCheckHandler((_contents, permission) => ALLOWED_PERMISSIONS.has(permission));
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', event => event.preventDefault());
  session.webRequest.onBeforeRequest(({ url }, callback) => callback({ cancel: !ALLOWED_REQUESTS.test(url) }));
}
