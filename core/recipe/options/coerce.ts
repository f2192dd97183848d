import { parseDurationMs } from '../time/duration.ts';
import type { OptionTypes } from './schema.ts';

/** A value of the wanted kind, or why there is none. */
export type Coerced = { value: unknown } | { reason: string; hint?: string };

/**
 * Packer's weak typing (mapstructure with `WeaklyTypedInput`): `"1024"` is a number, a single text is a list, a text
 * with commas is a list of texts.
 */
export function coerce(kind: keyof OptionTypes, raw: unknown): Coerced {
  return COERCIONS[kind](raw);
}

const wrong = (wanted: string, raw: unknown): Coerced => ({ reason: `${wanted} is required, not ${described(raw)}` });

function described(raw: unknown): string {
  if (Array.isArray(raw)) return 'a list';
  return raw !== null && typeof raw === 'object' ? 'an object' : JSON.stringify(raw);
}

const COERCIONS: Record<keyof OptionTypes, (raw: unknown) => Coerced> = {
  text: raw => {
    if (typeof raw === 'string') return { value: raw };
    if (typeof raw === 'number') return { value: String(raw) };
    return typeof raw === 'boolean' ? { value: raw ? '1' : '0' } : wrong('a text', raw);
  },
  count: toCount,
  flag: toFlag,
  texts: raw => toList(raw, COERCIONS.text),
  counts: raw => toList(raw, COERCIONS.count),
  'text-map': toTextMap,
  duration: toDuration,
  rows: raw => (Array.isArray(raw) ? all(raw, row => toList(row, COERCIONS.text)) : wrong('a list of lists', raw)),
  data: raw => ({ value: raw }),
};

function toCount(raw: unknown): Coerced {
  if (typeof raw === 'boolean') return { value: raw ? 1 : 0 };
  if (raw === '') return { value: 0 };
  const number = typeof raw === 'string' && /^[+-]?(?:0[xX][0-9a-fA-F]+|\d+)$/.test(raw) ? Number(raw) : raw;
  return typeof number === 'number' && Number.isSafeInteger(Math.trunc(number))
    ? { value: Math.trunc(number) }
    : wrong('a whole number', raw);
}

const FLAGS: Record<string, boolean> = {
  '1': true,
  t: true,
  T: true,
  TRUE: true,
  true: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  FALSE: false,
  false: false,
  False: false,
  '': false,
};

function toFlag(raw: unknown): Coerced {
  if (typeof raw === 'boolean') return { value: raw };
  if (typeof raw === 'number') return { value: raw !== 0 };
  const flag = typeof raw === 'string' && Object.hasOwn(FLAGS, raw) ? FLAGS[raw] : undefined;
  return flag === undefined ? wrong('true or false', raw) : { value: flag };
}

function all(items: unknown[], one: (item: unknown) => Coerced): Coerced {
  const values: unknown[] = [];
  for (const item of items) {
    const result = one(item);
    if ('reason' in result) return result;
    values.push(result.value);
  }
  return { value: values };
}

function toList(raw: unknown, one: (item: unknown) => Coerced): Coerced {
  if (Array.isArray(raw)) return all(raw, one);
  if (raw === '') return { value: [] };
  return all(typeof raw === 'string' ? raw.split(',') : [raw], one);
}

function toTextMap(raw: unknown): Coerced {
  if (Array.isArray(raw) && raw.every(item => item !== null && typeof item === 'object'))
    return toTextMap(Object.assign({}, ...raw));
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) return wrong('a map of texts', raw);
  const values = all(Object.values(raw), COERCIONS.text);
  if ('reason' in values) return values;
  const texts = values.value as string[];
  return { value: Object.fromEntries(Object.keys(raw).map((key, index) => [key, texts[index] ?? ''])) };
}

/** Go's durations; a bare number is in nanoseconds, as in Packer. */
function toDuration(raw: unknown): Coerced {
  if (raw === '') return { value: undefined };
  if (typeof raw === 'number') return { value: raw / 1e6 };
  const ms = typeof raw === 'string' ? parseDurationMs(raw) : undefined;
  if (ms !== undefined) return { value: ms };
  const hint =
    typeof raw === 'string' && /^\d+$/.test(raw)
      ? `Write the unit: "${raw}s".`
      : 'Durations are written such as 10s, 5m or 1h30m.';
  return { reason: `${JSON.stringify(raw)} is no duration`, hint };
}
