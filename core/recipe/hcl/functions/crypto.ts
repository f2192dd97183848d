import { constants, createHash, privateDecrypt, randomUUID } from 'node:crypto';
import { hashSync } from 'bcryptjs';
import type { HclFunction } from '../function-call.ts';
import { textValue, type Value } from '../value.ts';
import { asText, asWhole, bad, define, number, onTexts, text } from './define.ts';

const hexDigest = (algorithm: string) =>
  onTexts(['string'], value => createHash(algorithm).update(value).digest('hex'));

/** Packer's functions of hashes, and of random names. */
export const CRYPTO_FUNCTIONS: Record<string, HclFunction> = {
  md5: hexDigest('md5'),
  sha1: hexDigest('sha1'),
  sha256: hexDigest('sha256'),
  sha512: hexDigest('sha512'),
  bcrypt: define([text('string')], bcrypt, number('cost')),
  rsadecrypt: onTexts(['ciphertext', 'privatekey'], decrypt),
  uuidv4: define([], () => textValue(randomUUID())),
  uuidv5: onTexts(['namespace', 'name'], uuidFromName),
};

const USUAL_COST = 10;
/** Each step doubles the time: 14 is about a second. */
const HIGHEST_COST = 14;

function bcrypt([value, ...costs]: Value[]): Value {
  if (costs.length > 1) throw bad('at most two arguments are possible');
  const cost = costs[0] ? asWhole(costs[0]) : USUAL_COST;
  if (cost < 4 || cost > HIGHEST_COST) throw bad(`the cost must be between 4 and ${HIGHEST_COST}`);
  return textValue(hashSync(asText(value), cost).replace(/^\$2b\$/, '$2a$'));
}

function decrypt(ciphertext: string, key: string): string {
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(ciphertext, 'base64')).toString(
      'utf8',
    );
  } catch {
    throw bad('the text cannot be decrypted with this key');
  }
}

const UUID_NAMESPACES: Record<string, string> = {
  dns: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  url: '6ba7b811-9dad-11d1-80b4-00c04fd430c8',
  oid: '6ba7b812-9dad-11d1-80b4-00c04fd430c8',
  x500: '6ba7b814-9dad-11d1-80b4-00c04fd430c8',
};

/** RFC 4122 version 5. */
function uuidFromName(namespace: string, name: string): string {
  const hex = (UUID_NAMESPACES[namespace] ?? namespace).replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/i.test(hex))
    throw bad(`"${namespace}" is no namespace`, `Known: ${Object.keys(UUID_NAMESPACES).join(', ')}, or a UUID.`);
  const bytes = createHash('sha1').update(Buffer.from(hex, 'hex')).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
