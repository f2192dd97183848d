import { createHash, timingSafeEqual } from 'node:crypto';
import { keyBody } from './keys.ts';

/** Which host keys a guest may show: exactly these (`ssh-ed25519 AAAA...`), or the first one it shows, from then on. */
export type HostKeyRule = { pinned: string[] } | 'trust-first';

/** Algorithms that a pinned key of a type can sign with, best first. */
const SIGNATURES: Record<string, string[]> = {
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

/** The host keys one guest may show. A refusal is remembered, so that it can be told apart from a lost connection. */
export class HostKeys {
  readonly #pinned: Buffer[];
  readonly #trustsFirst: boolean;
  /** Fingerprint of the last key that was refused. */
  refused: string | undefined;
  /** Fingerprint of a key that was pinned because it came first and nothing else was known. */
  trusted: string | undefined;

  constructor(rule: HostKeyRule) {
    this.#trustsFirst = rule === 'trust-first';
    this.#pinned = rule === 'trust-first' ? [] : rule.pinned.map(line => Buffer.from(keyBody(line), 'base64'));
  }

  /** Whether the guest may show this key (in wire format). Pins the first one where the rule says so. */
  accepts(key: Buffer): boolean {
    if (this.#trustsFirst && this.#pinned.length === 0) {
      this.#pinned.push(Buffer.from(key));
      this.trusted = fingerprint(key);
      return true;
    }
    const isKnown = this.#pinned.some(pin => pin.length === key.length && timingSafeEqual(pin, key));
    if (!isKnown) this.refused = fingerprint(key);
    return isKnown;
  }

  /** The keys in force as lines `type base64`, for a known_hosts file. */
  lines(): string[] {
    return this.#pinned.map(key => `${keyType(key)} ${key.toString('base64')}`);
  }

  /** Signature algorithms to ask the server for; undefined while any will do. */
  algorithms(): string[] | undefined {
    if (this.#pinned.length === 0) return undefined;
    return [...new Set(this.#pinned.map(keyType).flatMap(type => SIGNATURES[type] ?? [type]))];
  }
}

/** `SHA256:...` as OpenSSH prints it. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

const keyType = (key: Buffer): string => key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');

/**
 * Wraps a check for ssh2, whose verifier takes everything but exactly `false` for consent (also `undefined`, `null`,
 * `0` and `''`), and a missing verifier too. Here everything but exactly `true` refuses, and so does an exception.
 */
export function strictVerifier(check: (key: Buffer) => unknown): (key: Buffer) => boolean {
  return key => {
    try {
      return check(key) === true;
    } catch {
      return false;
    }
  };
}
