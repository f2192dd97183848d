import { parseNumber, toText } from '../numbers.ts';
import { boolValue, NULL, numberValue, objectValue, textValue, tupleValue, type Value } from '../value.ts';
import { bad } from './define.ts';

const HTML_ESCAPES: Record<string, string> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** A text as Go's JSON writes it: with `<`, `>` and `&` escaped. */
export const jsonText = (value: string): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, character => HTML_ESCAPES[character] ?? character);

/** A value as JSON, as go-cty writes it. @throws GoldsmithError when it holds an unknown value. */
export function toJson(value: Value): string {
  if (value.kind === 'null') return 'null';
  if (value.kind === 'string') return jsonText(value.value);
  if (value.kind === 'number') return toText(value.value);
  if (value.kind === 'bool') return String(value.value);
  if (value.kind === 'unknown') throw bad('a value is not known before the build');
  if ('items' in value) return `[${value.items.map(toJson).join(',')}]`;
  return `{${[...value.entries].map(([key, item]) => `${jsonText(key)}:${toJson(item)}`).join(',')}}`;
}

/** Reads JSON; lists become tuples and objects objects, as in `jsondecode`. */
export function fromJson(json: string): Value {
  try {
    return fromPlain(JSON.parse(json));
  } catch (error) {
    throw bad(`this is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Plain data as a value. */
export function fromPlain(data: unknown): Value {
  if (data === null || data === undefined) return NULL;
  if (typeof data === 'string') return textValue(data);
  if (typeof data === 'boolean') return boolValue(data);
  if (typeof data === 'number') return fromDouble(data);
  if (typeof data === 'bigint') return fromDouble(data);
  if (Array.isArray(data)) return tupleValue(data.map(fromPlain));
  if (data instanceof Date) return textValue(data.toISOString().replace('.000Z', 'Z'));
  return objectValue(Object.entries(data as Record<string, unknown>).map(([key, item]) => [key, fromPlain(item)]));
}

function fromDouble(data: number | bigint): Value {
  const number = parseNumber(String(data));
  if (!number) throw bad(`${data} is no number Packer can hold`);
  return numberValue(number);
}
