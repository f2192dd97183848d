import { createHmac, randomBytes } from 'node:crypto';
import { md4 } from './md4.ts';

/** NTLMv2 over HTTP (Microsoft MS-NLMP): three messages, no signing or sealing, as Packer's WinRM client uses it. */

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');
/** Unicode, request target, NTLM, always sign, extended session security, target info, 128 bit, 56 bit. */
const FLAGS = 0x00000001 | 0x00000004 | 0x00000200 | 0x00008000 | 0x00080000 | 0x00800000 | 0x20000000 | 0x80000000;
/** 100 ns steps between 1601 and 1970. */
const EPOCH = 116_444_736_000_000_000n;

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const hmacMd5 = (key: Buffer, ...data: Buffer[]): Buffer =>
  data.reduce((hmac, one) => hmac.update(one), createHmac('md5', key)).digest();

/** The first message: what we can. */
export function negotiateMessage(): Buffer {
  const message = Buffer.alloc(32);
  SIGNATURE.copy(message);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(FLAGS >>> 0, 12);
  return message;
}

export interface Challenge {
  serverChallenge: Buffer;
  targetInfo: Buffer;
  flags: number;
}

/** The server's answer; undefined when it is none. */
export function readChallenge(message: Buffer): Challenge | undefined {
  if (message.length < 48 || !message.subarray(0, 8).equals(SIGNATURE) || message.readUInt32LE(8) !== 2)
    return undefined;
  const [length, offset] = [message.readUInt16LE(40), message.readUInt32LE(44)];
  return {
    flags: message.readUInt32LE(20),
    serverChallenge: message.subarray(24, 32),
    targetInfo: message.subarray(offset, offset + length),
  };
}

export interface Credentials {
  user: string;
  password: string;
  domain: string;
}

/** `DOMAIN\user` or `user`. */
export function credentialsOf(username: string, password: string): Credentials {
  const [domain = '', user] = username.split('\\');
  return user === undefined ? { user: username, password, domain: '' } : { user, password, domain };
}

/** The last message: proof that we know the password, which itself is not sent. */
export function authenticateMessage(
  { user, password, domain }: Credentials,
  { serverChallenge, targetInfo, flags }: Challenge,
  now = Date.now(),
  clientChallenge = randomBytes(8),
): Buffer {
  const key = hmacMd5(md4(utf16(password)), utf16(user.toUpperCase() + domain));
  const head = Buffer.alloc(28);
  head.writeUInt16LE(0x0101, 0);
  head.writeBigUInt64LE(BigInt(now) * 10_000n + EPOCH, 8);
  clientChallenge.copy(head, 16);
  const blob = Buffer.concat([head, targetInfo, Buffer.alloc(4)]);
  const ntResponse = Buffer.concat([hmacMd5(key, serverChallenge, blob), blob]);
  const lmResponse = Buffer.concat([hmacMd5(key, serverChallenge, clientChallenge), clientChallenge]);
  return assemble([lmResponse, ntResponse, utf16(domain), utf16(user), utf16(''), Buffer.alloc(0)], flags);
}

const HEAD_BYTES = 64;

/** Six fields of length, room and offset, then the flags, then their contents one after the other. */
function assemble(fields: Buffer[], flags: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  SIGNATURE.copy(head);
  head.writeUInt32LE(3, 8);
  let offset = HEAD_BYTES;
  for (const [nth, field] of fields.entries()) {
    head.writeUInt16LE(field.length, 12 + nth * 8);
    head.writeUInt16LE(field.length, 14 + nth * 8);
    head.writeUInt32LE(offset, 16 + nth * 8);
    offset += field.length;
  }
  head.writeUInt32LE((flags & FLAGS) >>> 0, 60);
  return Buffer.concat([head, ...fields]);
}
