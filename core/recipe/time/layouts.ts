import { dayOfYear, localFields, type Moment, offsetText } from './moment.ts';

/** The three ways a template writes the form of a time. */

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

type Field = (fields: Date, moment: Moment) => string;

const padded = (value: number, width: number, fill = '0'): string => String(value).padStart(width, fill);
const twelveHour = (fields: Date): number => fields.getUTCHours() % 12 || 12;
const month = (fields: Date): string => MONTHS[fields.getUTCMonth()] ?? '';
const weekday = (fields: Date): string => WEEKDAYS[fields.getUTCDay()] ?? '';
const zoneOrZ = (moment: Moment, separator: ':' | ''): string =>
  moment.offsetMinutes === 0 ? 'Z' : offsetText(moment, separator);

/** Go's `time.Layout`: the reference time is Mon Jan 2 15:04:05 MST 2006. Longer ones stand before their beginnings. */
const GO_LAYOUT: [string, Field][] = [
  ['January', month],
  ['Jan', fields => month(fields).slice(0, 3)],
  ['Monday', weekday],
  ['Mon', fields => weekday(fields).slice(0, 3)],
  ['MST', (_, moment) => (moment.offsetMinutes === 0 ? 'UTC' : offsetText(moment, ''))],
  ['2006', fields => padded(fields.getUTCFullYear(), 4)],
  ['-07:00:00', (_, moment) => `${offsetText(moment, ':')}:00`],
  ['-070000', (_, moment) => `${offsetText(moment, '')}00`],
  ['-07:00', (_, moment) => offsetText(moment, ':')],
  ['-0700', (_, moment) => offsetText(moment, '')],
  ['-07', (_, moment) => offsetText(moment, '').slice(0, 3)],
  ['Z07:00', (_, moment) => zoneOrZ(moment, ':')],
  ['Z0700', (_, moment) => zoneOrZ(moment, '')],
  ['002', fields => padded(dayOfYear(fields), 3)],
  ['01', fields => padded(fields.getUTCMonth() + 1, 2)],
  ['02', fields => padded(fields.getUTCDate(), 2)],
  ['03', fields => padded(twelveHour(fields), 2)],
  ['04', fields => padded(fields.getUTCMinutes(), 2)],
  ['05', fields => padded(fields.getUTCSeconds(), 2)],
  ['06', fields => padded(fields.getUTCFullYear() % 100, 2)],
  ['15', fields => padded(fields.getUTCHours(), 2)],
  ['_2', fields => padded(fields.getUTCDate(), 2, ' ')],
  ['PM', fields => (fields.getUTCHours() < 12 ? 'AM' : 'PM')],
  ['pm', fields => (fields.getUTCHours() < 12 ? 'am' : 'pm')],
  ['1', fields => String(fields.getUTCMonth() + 1)],
  ['2', fields => String(fields.getUTCDate())],
  ['3', fields => String(twelveHour(fields))],
  ['4', fields => String(fields.getUTCMinutes())],
  ['5', fields => String(fields.getUTCSeconds())],
];

/** A time in a layout of Go's `time` package (`isotime`). */
export function goLayout(layout: string, moment: Moment): string {
  const fields = localFields(moment);
  let result = '';
  for (let at = 0; at < layout.length; ) {
    const fraction = /^[.,](0+|9+)(?!\d)/.exec(layout.slice(at));
    const found = fraction ? undefined : GO_LAYOUT.find(([text]) => layout.startsWith(text, at));
    if (fraction) result += fractionOf(fraction[0], fields);
    else result += found ? found[1](fields, moment) : layout[at];
    at += fraction?.[0].length ?? found?.[0].length ?? 1;
  }
  return result;
}

/** `.000` keeps its zeros, `.999` drops those at its end. */
function fractionOf(pattern: string, fields: Date): string {
  const digits = padded(fields.getUTCMilliseconds(), 3)
    .padEnd(9, '0')
    .slice(0, pattern.length - 1);
  const shown = pattern.includes('9') ? digits.replace(/0+$/, '') : digits;
  return shown === '' ? '' : (pattern[0] ?? '.') + shown;
}

/** The verbs of go-strftime. */
const STRFTIME: Record<string, Field> = {
  a: fields => weekday(fields).slice(0, 3),
  A: weekday,
  b: fields => month(fields).slice(0, 3),
  B: month,
  c: (_, moment) => goLayout('Mon Jan _2 15:04:05 2006', moment),
  d: fields => padded(fields.getUTCDate(), 2),
  f: fields => padded(fields.getUTCMilliseconds(), 3),
  F: (_, moment) => goLayout('2006-01-02', moment),
  H: fields => padded(fields.getUTCHours(), 2),
  I: fields => padded(twelveHour(fields), 2),
  j: fields => padded(dayOfYear(fields), 3),
  L: fields => `.${padded(fields.getUTCMilliseconds(), 3)}`,
  m: fields => padded(fields.getUTCMonth() + 1, 2),
  M: fields => padded(fields.getUTCMinutes(), 2),
  p: fields => (fields.getUTCHours() < 12 ? 'AM' : 'PM'),
  S: fields => padded(fields.getUTCSeconds(), 2),
  T: (_, moment) => goLayout('15:04:05', moment),
  v: (_, moment) => goLayout('_2-Jan-2006', moment),
  w: fields => String(fields.getUTCDay()),
  y: fields => padded(fields.getUTCFullYear() % 100, 2),
  Y: fields => padded(fields.getUTCFullYear(), 4),
  z: (_, moment) => offsetText(moment, ''),
  Z: (_, moment) => (moment.offsetMinutes === 0 ? 'UTC' : offsetText(moment, '')),
  '%': () => '%',
};

/** A time with `%Y`-like verbs; unknown verbs stay as they stand. */
export function strftime(layout: string, moment: Moment): string {
  const fields = localFields(moment);
  return layout.replace(/%([\s\S])/g, (raw, verb: string) => STRFTIME[verb]?.(fields, moment) ?? raw);
}

/** The verbs of `formatdate` by their whole run of letters. */
const FORMATDATE: Record<string, Field> = {
  YYYY: fields => padded(fields.getUTCFullYear(), 4),
  YY: fields => padded(fields.getUTCFullYear() % 100, 2),
  MMMM: month,
  MMM: fields => month(fields).slice(0, 3),
  MM: fields => padded(fields.getUTCMonth() + 1, 2),
  M: fields => String(fields.getUTCMonth() + 1),
  DD: fields => padded(fields.getUTCDate(), 2),
  D: fields => String(fields.getUTCDate()),
  EEEE: weekday,
  EEE: fields => weekday(fields).slice(0, 3),
  hh: fields => padded(fields.getUTCHours(), 2),
  h: fields => String(fields.getUTCHours()),
  HH: fields => padded(twelveHour(fields), 2),
  H: fields => String(twelveHour(fields)),
  AA: fields => (fields.getUTCHours() < 12 ? 'AM' : 'PM'),
  aa: fields => (fields.getUTCHours() < 12 ? 'am' : 'pm'),
  mm: fields => padded(fields.getUTCMinutes(), 2),
  m: fields => String(fields.getUTCMinutes()),
  ss: fields => padded(fields.getUTCSeconds(), 2),
  s: fields => String(fields.getUTCSeconds()),
  Z: (_, moment) => zoneOrZ(moment, ':'),
  ZZZ: (_, moment) => (moment.offsetMinutes === 0 ? 'UTC' : offsetText(moment, '')),
  ZZZZ: (_, moment) => offsetText(moment, ''),
  ZZZZZ: (_, moment) => offsetText(moment, ':'),
};

/** `formatdate`: runs of one letter are verbs, `'...'` is text. Undefined at a run that is no verb, given back in `unknown`. */
export function formatDate(layout: string, moment: Moment): { text: string } | { unknown: string } {
  const fields = localFields(moment);
  let text = '';
  for (const [token] of layout.matchAll(/'(?:[^']|'')*'|'|([a-zA-Z])\1*|[^a-zA-Z']+/g)) {
    if (token.startsWith("'")) {
      if (token.length === 1 || !token.endsWith("'")) return { unknown: token };
      text += token.length === 2 ? "'" : token.slice(1, -1).replaceAll("''", "'");
    } else if (/[a-zA-Z]/.test(token)) {
      const field = FORMATDATE[token];
      if (!field) return { unknown: token };
      text += field(fields, moment);
    } else text += token;
  }
  return { text };
}
