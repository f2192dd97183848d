import { convert } from '../convert.ts';
import type { HclFunction } from '../function-call.ts';
import { isWhole, type Num, toDouble, toFixed, toText, truncated } from '../numbers.ts';
import { BOOL, listValue, NUMBER, STRING, type Type, textValue, type Value } from '../value.ts';
import { anyOrNull, asText, bad, define, graphemes, text, textList } from './define.ts';
import { jsonText, toJson } from './json.ts';

/** Packer's `format` and `formatlist` (go-cty `stdlib`), whose verbs are Go's. */
export const FORMAT_FUNCTIONS: Record<string, HclFunction> = {
  format: define(
    [text('format')],
    ([pattern, ...values]) => textValue(formatted(asText(pattern), values)),
    anyOrNull('values'),
  ),
  formatlist: define([text('format')], formatList, anyOrNull('values')),
};

interface Verb {
  flags: string;
  width: number | undefined;
  precision: number | undefined;
  mode: string;
}

const VERB = /%(?:%|([ +\-#0]*)(\d+)?(?:\.(\d*))?(?:\[(\d+)\])?([a-zA-Z]))/g;
const WIDEST = 10_000;

/** Go's way with verbs. @throws GoldsmithError for too few or too many values. */
export function formatted(pattern: string, values: Value[]): string {
  let next = 0;
  let highest = 0;
  const stray = pattern.replace(VERB, '').indexOf('%');
  if (stray >= 0)
    throw bad(`the format ${JSON.stringify(pattern)} has a "%" without a verb`, 'Write "%%" for a percent sign.');
  const result = pattern.replace(VERB, (match, flags = '', width, precision, position, mode) => {
    if (match === '%%') return '%';
    next = position === undefined ? next + 1 : Number(position);
    highest = Math.max(highest, next);
    const value = values[next - 1];
    if (!value) throw bad(`the format ${JSON.stringify(pattern)} needs more than ${values.length} values`);
    return formatOne({ flags, width: size(width), precision: size(precision), mode }, value, match);
  });
  if (highest < values.length)
    throw bad(`the format ${JSON.stringify(pattern)} uses only ${highest} of ${values.length} values`);
  return result;
}

function size(digits: string | undefined): number | undefined {
  if (digits === undefined) return undefined;
  if (Number(digits) > WIDEST) throw bad(`a width of ${digits} makes no sense`);
  return Number(digits);
}

function formatOne(verb: Verb, value: Value, raw: string): string {
  if (verb.mode === 'v') return padded(verb, asIs(verb, value), ' ');
  const formatter = FORMATTERS[verb.mode];
  if (!formatter) throw bad(`"${raw}" is no format Packer knows`);
  if (value.kind === 'null') throw bad(`null cannot be formatted with "${raw}"`);
  const converted = converts(value, formatter.type, raw);
  return formatter.format(verb, converted, raw);
}

function converts(value: Value, type: Type, raw: string): Value {
  try {
    return convert(value, type);
  } catch (error) {
    throw bad(`"${raw}": ${error instanceof Error ? error.message : String(error)}`);
  }
}

function asIs(verb: Verb, value: Value): string {
  if (!verb.flags.includes('#') && value.kind === 'string') return value.value;
  if (!verb.flags.includes('#') && value.kind === 'number') return shortNumber(value.value);
  return toJson(value);
}

/** Go's shortest form: with an exponent from so many digits on, 21 for `%v` and 6 for `%g`. */
function shortNumber(value: Num, digitsBefore = 21): string {
  const plain = toText(value);
  const digits = plain.replace(/^-/, '').replace('.', '').replace(/^0+/, '').replace(/0+$/, '');
  const exponent = Math.floor(Math.log10(Math.abs(toDouble(value)) || 1));
  if (exponent < digitsBefore && exponent >= -4) return plain;
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${plain.startsWith('-') ? '-' : ''}${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function padded(verb: Verb, value: string, fill: string): string {
  const missing = (verb.width ?? 0) - graphemes(value).length;
  if (missing <= 0) return value;
  if (verb.flags.includes('-')) return value + ' '.repeat(missing);
  const sign = fill === '0' ? (/^[+-]/.exec(value)?.[0] ?? '') : '';
  return sign + fill.repeat(missing) + value.slice(sign.length);
}

const numberFill = (verb: Verb): string => (verb.flags.includes('0') ? '0' : ' ');
const signed = (verb: Verb, value: string): string =>
  value.startsWith('-')
    ? value
    : verb.flags.includes('+')
      ? `+${value}`
      : verb.flags.includes(' ')
        ? ` ${value}`
        : value;

interface Formatter {
  type: Type;
  format(verb: Verb, value: Value, raw: string): string;
}

const onNumber = (work: (verb: Verb, value: Num, raw: string) => string): Formatter => ({
  type: NUMBER,
  format: (verb, value, raw) =>
    value.kind === 'number' ? padded(verb, signed(verb, work(verb, value.value, raw)), numberFill(verb)) : '',
});

const integer = (base: number, prefix = '', isUpper = false): Formatter =>
  onNumber((verb, value, raw) => {
    if (!isWhole(value)) throw bad(`"${raw}" needs a whole number`);
    const digits = truncated(value).toString(base);
    const shown = verb.flags.includes('#') ? digits.replace(/^-?/, sign => sign + prefix) : digits;
    return isUpper ? shown.toUpperCase() : shown;
  });

function exponential(verb: Verb, value: Num): string {
  return toDouble(value)
    .toExponential(verb.precision ?? 6)
    .replace(/e([+-])(\d)$/, 'e$10$2');
}

const FORMATTERS: Record<string, Formatter> = {
  d: integer(10),
  b: integer(2, '0b'),
  o: integer(8, '0'),
  x: integer(16, '0x'),
  X: integer(16, '0x', true),
  f: onNumber((verb, value) => toFixed(value, verb.precision ?? 6)),
  e: onNumber(exponential),
  E: onNumber((verb, value) => exponential(verb, value).toUpperCase()),
  g: onNumber((verb, value) =>
    verb.precision === undefined
      ? shortNumber(value, 6)
      : String(Number(toDouble(value).toPrecision(verb.precision || 1))),
  ),
  G: onNumber((_, value) => shortNumber(value, 6).toUpperCase()),
  t: { type: BOOL, format: (_, value) => (value.kind === 'bool' ? String(value.value) : '') },
  s: { type: STRING, format: (verb, value) => padded(verb, cut(verb, asText(value)), ' ') },
  q: { type: STRING, format: (verb, value) => padded(verb, jsonText(cut(verb, asText(value))), ' ') },
};

const cut = (verb: Verb, value: string): string =>
  verb.precision === undefined || verb.precision === 0 ? value : graphemes(value).slice(0, verb.precision).join('');

/** Lists are gone through together; other values stand in every round. */
function formatList([pattern, ...values]: Value[]): Value {
  const lengths = values.filter(value => 'items' in value).map(value => ('items' in value ? value.items.length : 0));
  const [length = 1] = lengths;
  if (lengths.some(other => other !== length)) throw bad('all lists must have the same length');
  if (lengths.length > 0 && length === 0) return listValue(STRING, []);
  return textList(
    Array.from({ length }, (_, index) =>
      formatted(
        asText(pattern),
        values.map(value => ('items' in value ? (value.items[index] ?? value) : value)),
      ),
    ),
  );
}
