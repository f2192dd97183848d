import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** An ed25519 key pair as OpenSSH writes it. */
export interface KeyPair {
  /** The text of a private key file (`-----BEGIN OPENSSH PRIVATE KEY-----`), unencrypted, with a final newline. */
  privateKey: string;
  /** `ssh-ed25519 AAAA... comment`: a line of `authorized_keys`, or a `.pub` file, without a newline. */
  publicLine: string;
}

/** The keys of one build: the one we log in with, and the one the guest shows as its own until it is sealed. */
export interface BuildKeys {
  clientKey: KeyPair;
  hostKey: KeyPair;
}

/** Makes both keys of a build. They exist in memory only; `name` goes into their comments. */
export function makeBuildKeys(name: string): BuildKeys {
  return { clientKey: makeKeyPair(`goldsmith-${name}`), hostKey: makeKeyPair(`goldsmith-host-${name}`) };
}

/** The base64 body of a public line: what identifies a key whatever stands around it. */
export const keyBody = (publicLine: string): string => publicLine.trim().split(/\s+/)[1] ?? '';

const KEY_TYPE = 'ssh-ed25519';

/** Both halves of an Ed25519 key end their DER forms (RFC 8410, 4 and 7). */
const KEY_BYTES = 32;

/**
 * Makes one key pair. As DER and not as JWK: Node 20 locks itself out when its garbage collector runs while a new key
 * is written as JWK (the key's lock is taken twice).
 * Written out here because ssh2 1.17's `generateKeyPairSync('ed25519')` drops bytes of keys that begin or end with
 * zero: 11 of 3000 of its keys could not be read back by itself.
 */
export function makeKeyPair(comment: string): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  const point = publicKey.subarray(-KEY_BYTES);
  const seed = privateKey.subarray(-KEY_BYTES);
  const blob = Buffer.concat([text(KEY_TYPE), text(point)]);
  return {
    privateKey: armour(Buffer.concat([publicPart(blob), text(privatePart(point, seed, comment))])),
    publicLine: `${KEY_TYPE} ${blob.toString('base64')} ${comment}`,
  };
}

/** A length-prefixed string of the SSH wire format (RFC 4251, 5). */
function text(value: string | Buffer): Buffer {
  const body = Buffer.from(value);
  return Buffer.concat([uint32(body.length), body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The head of the format `openssh-key-v1` (OpenSSH's PROTOCOL.key): no cipher, no passphrase, one key. */
const publicPart = (blob: Buffer): Buffer =>
  Buffer.concat([Buffer.from('openssh-key-v1\0'), text('none'), text('none'), text(''), uint32(1), text(blob)]);

function privatePart(point: Buffer, seed: Buffer, comment: string): Buffer {
  const check = randomBytes(4);
  const body = Buffer.concat([
    check,
    check,
    text(KEY_TYPE),
    text(point),
    text(Buffer.concat([seed, point])),
    text(comment),
  ]);
  return Buffer.concat([body, padding(body.length)]);
}

/** 1, 2, 3, ... up to the next multiple of the cipher's block size, which is 8 without a cipher. */
const padding = (length: number): Buffer => Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (length % 8)) % 8));

function armour(body: Buffer): string {
  const lines = body.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}
