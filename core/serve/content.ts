import { randomBytes } from 'node:crypto';
import { type Asset, NONCE } from './assets.ts';

/** What every answer carries. */
export const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), payment=()',
};

/** Nothing but what comes from here; styles that the terminal and the editor make are known by a nonce. */
const contentPolicy = (nonce: string, connect: string): string =>
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

/**
 * A file of the app as it is sent, over HTTP or the app's own protocol alike: its policy, and a nonce of its own.
 * `connect`: the content policy's sources that the page may connect to.
 */
export function contentOf(
  { type, body, isImmutable }: Asset,
  connect: string,
): { headers: Record<string, string>; body: Buffer } {
  const nonce = randomBytes(16).toString('base64');
  const isPage = type.startsWith('text/html');
  return {
    headers: {
      ...HEADERS,
      'Content-Type': type,
      'Cache-Control': isImmutable ? 'private, max-age=31536000, immutable' : 'no-store',
      'Content-Security-Policy': contentPolicy(nonce, connect),
    },
    body: isPage ? Buffer.from(body.toString('utf8').replaceAll(NONCE, nonce)) : body,
  };
}
