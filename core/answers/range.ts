export interface ByteRange {
  first: number;
  /** Inclusive. */
  last: number;
}

/** One range of bytes (RFC 9110, 14.2). Undefined, the whole file: no range, several, or not a valid one. */
export function parseRange(header: string | undefined, length: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (from === '' && to === '') return undefined;
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  const first = from === '' ? Math.max(0, length - Number(to)) : Number(from);
  const last = from === '' || to === '' ? length - 1 : Math.min(Number(to), length - 1);
  return first >= length ? 'unsatisfiable' : { first, last };
}
