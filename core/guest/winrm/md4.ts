/** MD4 (RFC 1320), which NTLM needs and OpenSSL 3 no longer offers. */
export function md4(input: Buffer): Buffer {
  let [a, b, c, d] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  const data = padded(input);
  for (let at = 0; at < data.length; at += 64) {
    const words = Array.from({ length: 16 }, (_, nth) => data.readUInt32LE(at + nth * 4));
    const [wasA, wasB, wasC, wasD] = [a, b, c, d];
    for (const { mix, constant, order, shifts } of ROUNDS) {
      for (const [nth, index] of order.entries()) {
        const sum = (a + mix(b, c, d) + (words[index] ?? 0) + constant) >>> 0;
        [a, b, c, d] = [d, rotate(sum, shifts[nth % 4] ?? 0), b, c];
      }
    }
    [a, b, c, d] = [(a + wasA) >>> 0, (b + wasB) >>> 0, (c + wasC) >>> 0, (d + wasD) >>> 0];
  }
  const digest = Buffer.alloc(16);
  for (const [nth, word] of [a, b, c, d].entries()) digest.writeUInt32LE(word, nth * 4);
  return digest;
}

const rotate = (word: number, bits: number): number => ((word << bits) | (word >>> (32 - bits))) >>> 0;

/** A one bit, zeros, and the length in bits, so that whole blocks of 64 bytes come out. */
function padded(input: Buffer): Buffer {
  const zeros = (120 - ((input.length + 1) % 64)) % 64;
  const tail = Buffer.alloc(1 + zeros + 8);
  tail[0] = 0x80;
  tail.writeBigUInt64LE(BigInt(input.length) * 8n, 1 + zeros);
  return Buffer.concat([input, tail]);
}

const ROUNDS: {
  mix: (x: number, y: number, z: number) => number;
  constant: number;
  order: number[];
  shifts: number[];
}[] = [
  {
    mix: (x, y, z) => (x & y) | (~x & z),
    constant: 0,
    order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
  },
  {
    mix: (x, y, z) => (x & y) | (x & z) | (y & z),
    constant: 0x5a827999,
    order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
  },
  {
    mix: (x, y, z) => x ^ y ^ z,
    constant: 0x6ed9eba1,
    order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
  },
];
