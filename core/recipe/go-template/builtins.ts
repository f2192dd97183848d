import { GoldsmithError } from '../../model/failure.ts';
import type { GoFunction, GoValue } from './ast.ts';
import { goText, isTrue } from './values.ts';

const bad = (message: string): GoldsmithError => new GoldsmithError('bad-recipe', message);

/** The functions every Go template has (text/template, "Functions"). */
export const BUILTINS: ReadonlyMap<string, GoFunction> = new Map<string, GoFunction>([
  ['and', (...values) => values.find(value => !isTrue(value)) ?? values.at(-1) ?? null],
  ['or', (...values) => values.find(isTrue) ?? values.at(-1) ?? null],
  ['not', value => !isTrue(value ?? null)],
  ['len', value => lengthOf(value ?? null)],
  ['index', (value, ...keys) => keys.reduce<GoValue>(itemOf, value ?? null)],
  ['print', (...values) => printed(values)],
  ['println', (...values) => `${values.map(goText).join(' ')}\n`],
  ['printf', (format, ...values) => printf(goText(format ?? ''), values)],
  ['urlquery', (...values) => queryEscape(values.map(goText).join(''))],
  ['html', (...values) => htmlEscape(values.map(goText).join(''))],
  ['js', (...values) => jsEscape(values.map(goText).join(''))],
  ['eq', (first, ...others) => others.some(other => other === first)],
  ['ne', (first, second) => first !== second],
  ['lt', (first, second) => ordered(first, second) < 0],
  ['le', (first, second) => ordered(first, second) <= 0],
  ['gt', (first, second) => ordered(first, second) > 0],
  ['ge', (first, second) => ordered(first, second) >= 0],
]);

function lengthOf(value: GoValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (value !== null && typeof value === 'object') return Object.keys(value).length;
  throw bad('len works on texts and lists.');
}

function itemOf(value: GoValue, key: GoValue): GoValue {
  const byte = typeof value === 'string' && typeof key === 'number' ? Buffer.from(value)[key] : undefined;
  if (byte !== undefined) return byte;
  if (Array.isArray(value) && typeof key === 'number' && key in value) return value[key] ?? null;
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value[goText(key)] ?? null;
  throw bad(`index: there is no element ${goText(key)}.`);
}

/** Go puts a space between two values when neither is a text. */
const printed = (values: GoValue[]): string =>
  values
    .map(
      (value, at) =>
        (at > 0 && typeof value !== 'string' && typeof values[at - 1] !== 'string' ? ' ' : '') + goText(value),
    )
    .join('');

const PRINTF_VERB = /%(?:%|([-+ 0#]*)(\d{1,4})?(?:\.(\d{1,4}))?([a-zA-Z]))/g;

function printf(format: string, values: GoValue[]): string {
  let next = 0;
  return format.replace(PRINTF_VERB, (raw, flags = '', width = '0', precision, verb) => {
    if (raw === '%%') return '%';
    const value = values[next++];
    if (value === undefined) return `%!${verb}(MISSING)`;
    const text = printfText(verb, value, precision);
    const isZero = flags.includes('0') && !flags.includes('-') && typeof value === 'number';
    return flags.includes('-') ? text.padEnd(Number(width)) : text.padStart(Number(width), isZero ? '0' : ' ');
  });
}

function printfText(verb: string, value: GoValue, precision: string | undefined): string {
  if (verb === 'q') return JSON.stringify(goText(value));
  if (verb === 'x' || verb === 'X') return hexText(value, verb === 'X');
  if (verb === 'f' && typeof value === 'number') return value.toFixed(precision === undefined ? 6 : Number(precision));
  if (verb === 's' && precision !== undefined) return goText(value).slice(0, Number(precision));
  if (verb === 'd' && typeof value !== 'number')
    return `%!d(${typeof value === 'string' ? `string=${value}` : goText(value)})`;
  return goText(value);
}

function hexText(value: GoValue, isUpper: boolean): string {
  const text = typeof value === 'number' ? value.toString(16) : Buffer.from(goText(value)).toString('hex');
  return isUpper ? text.toUpperCase() : text;
}

/** Go's `url.QueryEscape`. */
export const queryEscape = (text: string): string =>
  encodeURIComponent(text)
    .replace(/%20/g, '+')
    .replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const HTML: Record<string, string> = {
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '\0': '\uFFFD',
};
const htmlEscape = (text: string): string => text.replace(/[<>"'&\0]/g, character => HTML[character] ?? character);
const JS: Record<string, string> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};
const jsEscape = (text: string): string => text.replace(/[\\'"<>&=]/g, character => JS[character] ?? character);

function ordered(first: GoValue | undefined, second: GoValue | undefined): number {
  if (typeof first === 'number' && typeof second === 'number') return first - second;
  if (typeof first === 'string' && typeof second === 'string') return first < second ? -1 : first > second ? 1 : 0;
  throw bad('Only two numbers or two texts can be compared.');
}
