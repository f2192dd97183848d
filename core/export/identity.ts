import { createHash } from 'node:crypto';

/**
 * A UUID (RFC 9562, version 8) that follows from a release and a purpose, where a format wants one: so the same release
 * gives the same bytes again.
 */
export function identityOf(seed: string, purpose: string): Buffer {
  const bytes = createHash('sha256').update(`${seed} ${purpose}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}
