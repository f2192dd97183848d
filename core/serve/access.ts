import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { GoldsmithError } from '../model/failure.ts';

export const COOKIE = 'goldsmith';

/**
 * Who may speak with the server. The token in the printed URL becomes a cookie that scripts cannot read and other
 * sites cannot send; `Host` must be ours, so that a foreign name bound to 127.0.0.1 gets nothing; `Origin` must be ours
 * wherever a browser sends one, so that no other page can open our WebSocket.
 */
export class Access {
  readonly token = randomBytes(24).toString('base64url');
  #port = 0;

  listensOn(port: number): void {
    this.#port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/?token=${this.token}`;
  }

  /** Names by which a tunnel or this machine's browser reaches a loopback port; any port, because a tunnel has its own. */
  isOurHost(request: IncomingMessage): boolean {
    return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/.test(request.headers.host ?? '');
  }

  /** A browser says where a request comes from; it must be from the very host it goes to. Others say nothing. */
  isOurOrigin(request: IncomingMessage, isRequired: boolean): boolean {
    const { origin, host } = request.headers;
    const site = request.headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
    return origin === undefined ? !isRequired : origin === `http://${host}`;
  }

  hasCookie(request: IncomingMessage): boolean {
    const cookies = (request.headers.cookie ?? '').split(';').map(cookie => cookie.trim());
    const prefix = `${this.cookieName(request)}=`;
    return cookies.some(cookie => cookie.startsWith(prefix) && this.isToken(cookie.slice(prefix.length)));
  }

  /** In constant time, whatever its length. */
  isToken(given: string): boolean {
    return timingSafeEqual(digest(given), digest(this.token));
  }

  /** Cookies do not know ports: two servers on one host must not overwrite each other's. */
  cookieName(request: IncomingMessage): string {
    const port = /:(\d{1,5})$/.exec(request.headers.host ?? '')?.[1] ?? '80';
    return `${COOKIE}-${port}`;
  }

  setCookie(request: IncomingMessage): string {
    return `${this.cookieName(request)}=${this.token}; HttpOnly; SameSite=Strict; Path=/`;
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** @throws GoldsmithError `usage` */
export function requirePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new GoldsmithError('usage', `"${text}" is no port.`, {
    hint: 'A port is a number up to 65535; 0 takes a free one.',
  });
}
