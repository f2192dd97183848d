import { randomBytes } from 'node:crypto';

/** No look-alikes (0 o 1 l i), no capitals: it is typed key by key, and read by people. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const TOKEN_LENGTH = 26;

/** An unguessable path segment: 26 of 31 characters are 128 bits. */
export function makeToken(): string {
  let token = '';
  while (token.length < TOKEN_LENGTH) {
    for (const byte of randomBytes(TOKEN_LENGTH)) {
      const fair = Math.floor(256 / ALPHABET.length) * ALPHABET.length;
      if (byte < fair && token.length < TOKEN_LENGTH) token += ALPHABET[byte % ALPHABET.length];
    }
  }
  return token;
}

export interface HttpAddress {
  /** For `{{ .HTTPIP }}`. */
  httpIp: string;
  /** For `{{ .HTTPPort }}`: `PORT/TOKEN` when the token is used. */
  httpPort: string;
  isTokenUsed: boolean;
}

const PORT_REFERENCE = /\{\{-?\s*\.HTTPPort\s*-?\}\}(.?)/gs;

/**
 * Gives unchanged Packer templates an unguessable address: they write `http://{{ .HTTPIP }}:{{ .HTTPPort }}/file`, so
 * a port rendered as `PORT/TOKEN` puts the token into the path. Where the port is not followed by `/` (an installer
 * that takes only host and port), the token is not used.
 */
export function httpAddress(
  texts: string[],
  { ip, port, token }: { ip: string; port: number; token?: string },
): HttpAddress {
  const followers = texts.flatMap(text => [...text.matchAll(PORT_REFERENCE)].map(match => match[1]));
  const isTokenUsed = token !== undefined && followers.every(character => character === '/');
  return { httpIp: ip, httpPort: isTokenUsed ? `${port}/${token}` : String(port), isTokenUsed };
}
