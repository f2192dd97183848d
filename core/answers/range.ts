export interface ByteRange {
  first: number;
  /** Inclusive. */
  last: number;
}

/** One range of bytes (RFC 9110, 14.2). Undefined, the whole file: no range, several, or not understood. */
export function parseRange(header: string | undefined, length: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const isSuffix = match[1] === '';
  const first = isSuffix ? Math.max(0, length - Number(match[2])) : Number(match[1]);
  const last = isSuffix || match[2] === '' ? length - 1 : Math.min(Number(match[2]), length - 1);
  return first >= length || last < first ? 'unsatisfiable' : { first, last };
}
