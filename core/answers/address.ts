import { randomBytes } from 'node:crypto';

/** Lower-case letters and digits without look-alikes (0 o, 1 i l): it is typed key by key, and read by people. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const TOKEN_LENGTH = 26;
/** Bytes from here on would make the first letters more likely than the last. */
const UNFAIR = Math.floor(256 / ALPHABET.length) * ALPHABET.length;

/** An unguessable path segment: 26 of 31 characters are 128.8 bits. */
export function makeToken(): string {
  let token = '';
  while (token.length < TOKEN_LENGTH) {
    const fair = [...randomBytes(TOKEN_LENGTH)].filter(byte => byte < UNFAIR);
    token += fair.map(byte => ALPHABET[byte % ALPHABET.length]).join('');
  }
  return token.slice(0, TOKEN_LENGTH);
}

export interface HttpAddress {
  /** For `{{ .HTTPIP }}`. */
  httpIp: string;
  /** For `{{ .HTTPPort }}`: `PORT/TOKEN` when the token is used. */
  httpPort: string;
  isTokenUsed: boolean;
  /** Why the token is not used although there is one; to be told. */
  note?: string;
}

/** Also inside a pipe or a call, where the token cannot stand. */
const PORT_REFERENCE = /\{\{[^{}]*\.HTTPPort\b[^{}]*\}\}/g;

/**
 * Gives unchanged Packer templates an unguessable address: they write `http://{{ .HTTPIP }}:{{ .HTTPPort }}/file`, so
 * a port rendered as `PORT/TOKEN` puts the token into the path. Where one is not followed by `/` (an installer that
 * takes host and port apart, a pipe that would escape the slash), the token is not used and a note says so.
 * @param texts all that will be rendered: the parts of a boot command in their order (a part may end where the next
 *   goes on), the kernel line, the served files
 */
export function httpAddress(
  texts: string[],
  { ip, port, token }: { ip: string; port: number; token?: string },
): HttpAddress {
  const bare = { httpIp: ip, httpPort: String(port), isTokenUsed: false };
  if (token === undefined) return bare;
  const obstacle = texts.flatMap((text, nth) => obstacles(text, texts[nth + 1] ?? ''))[0];
  if (obstacle === undefined) return { httpIp: ip, httpPort: `${port}/${token}`, isTokenUsed: true };
  const note = `The answers are served without a secret path, because "${obstacle}" has no "/" directly behind the port.`;
  return { ...bare, note };
}

/** References to the port that could not carry the token, each with a little of what follows it. */
const obstacles = (text: string, next: string): string[] =>
  [...text.matchAll(PORT_REFERENCE)].flatMap(({ 0: reference, index }) => {
    const end = index + reference.length;
    const follower = text[end] ?? next[0];
    const isPlain = /^\{\{-?\s*\.HTTPPort\s*\}\}$/.test(reference);
    return isPlain && follower === '/' ? [] : [`${reference}${text.slice(end, end + 10).split('\n', 1)[0]}`];
  });
