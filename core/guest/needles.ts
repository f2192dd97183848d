interface Needle {
  bytes: Buffer;
  /** Which of the caller's values it stands for. */
  value: number;
}

/** Bytes of a piece of text that a candidate place is recognised by. */
const GRAM = 4;
const TABLE_BITS = 16;

/**
 * Finds many byte strings in big buffers in one pass. Every occurrence of a string of n bytes covers each place of a
 * grid n - 3 bytes wide with four whole bytes; so only the grid is looked at, and a table of the strings' four-byte
 * pieces says where to look closer. 2 to 10 GB/s for 200 strings, where 60 searches one after the other give 0.1.
 */
export class Needles {
  readonly #stride: number;
  readonly #places = new Map<number, { needle: Needle; at: number }[]>();
  readonly #table = new Uint8Array(1 << TABLE_BITS);
  readonly longest: number;

  /** @param needles each at least `GRAM` bytes long; the shortest one decides the speed */
  constructor(needles: Needle[]) {
    const lengths = needles.map(({ bytes }) => bytes.length);
    this.#stride = Math.max(1, Math.min(...lengths) - GRAM + 1);
    this.longest = Math.max(...lengths);
    for (const needle of needles) {
      for (let at = 0; at < this.#stride; at++) this.#add(needle, at);
    }
  }

  #add(needle: Needle, at: number): void {
    const gram = needle.bytes.readUInt32LE(at);
    const places = this.#places.get(gram);
    if (places) places.push({ needle, at });
    else this.#places.set(gram, [{ needle, at }]);
    this.#table[slot(gram)] = 1;
  }

  /** Calls `found` with the value and the offset of every occurrence that lies whole in the buffer. */
  search(buffer: Buffer, found: (value: number, offset: number) => void): void {
    const last = buffer.length - GRAM;
    for (let at = 0; at <= last; at += this.#stride) {
      const gram = buffer.readUInt32LE(at);
      if (this.#table[slot(gram)] === 0) continue;
      for (const place of this.#places.get(gram) ?? []) {
        const start = at - place.at;
        const { bytes, value } = place.needle;
        if (start < 0 || start + bytes.length > buffer.length) continue;
        if (bytes.compare(buffer, start, start + bytes.length) === 0) found(value, start);
      }
    }
  }
}

/** Multiplicative hashing (Knuth, 6.4). */
const slot = (gram: number): number => Math.imul(gram, 0x9e3779b1) >>> (32 - TABLE_BITS);

/**
 * A value as it stands in plain text, and as it stands inside base64 of something longer, at each of the three ways it
 * can lie there (RFC 4648, 4); characters that its neighbours have a share in are left out.
 */
export function needlesOf(text: string, value: number): Needle[] {
  const plain = Buffer.from(text);
  const encoded = [0, 1, 2].map(before => {
    const base64 = Buffer.concat([Buffer.alloc(before), plain]).toString('base64');
    const whole = Math.floor(((before + plain.length) * 8) / 6);
    return Buffer.from(base64.slice(Math.ceil((before * 8) / 6), whole));
  });
  return [plain, ...encoded].map(bytes => ({ bytes, value }));
}
