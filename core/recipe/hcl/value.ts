import { compare, type Num } from './numbers.ts';

/** The types of HCL2 (go-cty): primitive, collection and structural. */
export type Type =
  | { kind: 'string' | 'number' | 'bool' | 'any' }
  | { kind: 'list' | 'set' | 'map'; element: Type }
  | { kind: 'object'; attributes: Map<string, Type>; optional?: Set<string> }
  | { kind: 'tuple'; elements: Type[] };

/** Values; maps and objects are kept sorted by key, sets sorted and without doubles, as they are iterated. */
export type Value =
  | { kind: 'string'; value: string }
  | { kind: 'number'; value: Num }
  | { kind: 'bool'; value: boolean }
  | { kind: 'null'; type: Type }
  | { kind: 'unknown'; type: Type }
  | { kind: 'list' | 'set'; element: Type; items: Value[] }
  | { kind: 'tuple'; items: Value[] }
  | { kind: 'map'; element: Type; entries: Map<string, Value> }
  | { kind: 'object'; entries: Map<string, Value> };

export type ValueKind = Value['kind'];
export type ValueOf<K extends ValueKind> = Extract<Value, { kind: K }>;

export const STRING: Type = { kind: 'string' };
export const NUMBER: Type = { kind: 'number' };
export const BOOL: Type = { kind: 'bool' };
export const ANY: Type = { kind: 'any' };
export const TRUE: Value = { kind: 'bool', value: true };
export const FALSE: Value = { kind: 'bool', value: false };
export const NULL: Value = { kind: 'null', type: ANY };

export const textValue = (value: string): Value => ({ kind: 'string', value: value.normalize('NFC') });
export const numberValue = (value: Num): Value => ({ kind: 'number', value });
export const boolValue = (value: boolean): Value => (value ? TRUE : FALSE);
export const tupleValue = (items: Value[]): Value => ({ kind: 'tuple', items });
export const listValue = (element: Type, items: Value[]): Value => ({ kind: 'list', element, items });
export const objectValue = (entries: Iterable<[string, Value]>): Value => ({
  kind: 'object',
  entries: sorted(entries),
});
export const mapValue = (element: Type, entries: Iterable<[string, Value]>): Value => ({
  kind: 'map',
  element,
  entries: sorted(entries),
});

/** Go's order of strings: by bytes of UTF-8, which is by code points. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    const isSurrogateX = x >= 0xd800 && x < 0xe000;
    const isSurrogateY = y >= 0xd800 && y < 0xe000;
    return isSurrogateX === isSurrogateY ? x - y : isSurrogateX ? 1 : -1;
  }
  return a.length - b.length;
}

function sorted(entries: Iterable<[string, Value]>): Map<string, Value> {
  return new Map([...new Map(entries)].sort(([a], [b]) => compareText(a, b)));
}

const PRIMITIVE_RANK: Partial<Record<ValueKind, number>> = { bool: 0, number: 1, string: 2 };

/** The order in which go-cty iterates a set: false before true, numbers and strings ascending. */
function compareElements(a: Value, b: Value): number {
  if (a.kind === 'string' && b.kind === 'string') return compareText(a.value, b.value);
  if (a.kind === 'number' && b.kind === 'number') return compare(a.value, b.value);
  if (a.kind === 'bool' && b.kind === 'bool') return Number(a.value) - Number(b.value);
  return (PRIMITIVE_RANK[a.kind] ?? 3) - (PRIMITIVE_RANK[b.kind] ?? 3);
}

export function setValue(element: Type, items: Value[]): Value {
  const seen = new Map<string, Value>();
  for (const item of items) if (!seen.has(fingerprint(item))) seen.set(fingerprint(item), item);
  return { kind: 'set', element, items: [...seen.values()].sort(compareElements) };
}

/** Equal texts mean equal values of equal kinds. */
export function fingerprint(value: Value): string {
  switch (value.kind) {
    case 'string':
      return JSON.stringify(value.value);
    case 'number':
      return `${value.value.mantissa}p${value.value.exponent}`;
    case 'bool':
      return String(value.value);
    case 'null':
    case 'unknown':
      return value.kind;
    case 'list':
    case 'set':
    case 'tuple':
      return `${value.kind}[${value.items.map(fingerprint).join(',')}]`;
    default:
      return `${value.kind}{${[...value.entries].map(([key, item]) => `${JSON.stringify(key)}:${fingerprint(item)}`).join(',')}}`;
  }
}

export function typeOf(value: Value): Type {
  switch (value.kind) {
    case 'string':
    case 'number':
    case 'bool':
      return { kind: value.kind };
    case 'null':
    case 'unknown':
      return value.type;
    case 'list':
    case 'set':
    case 'map':
      return { kind: value.kind, element: value.element };
    case 'tuple':
      return { kind: 'tuple', elements: value.items.map(typeOf) };
    default:
      return { kind: 'object', attributes: new Map([...value.entries].map(([key, item]) => [key, typeOf(item)])) };
  }
}

export function isSameType(a: Type, b: Type): boolean {
  if ('element' in a) return 'element' in b && a.kind === b.kind && isSameType(a.element, b.element);
  if (a.kind === 'tuple') {
    return (
      b.kind === 'tuple' &&
      a.elements.length === b.elements.length &&
      a.elements.every((element, index) => isSameType(element, b.elements[index] ?? ANY))
    );
  }
  if (a.kind === 'object') {
    return (
      b.kind === 'object' &&
      a.attributes.size === b.attributes.size &&
      [...a.attributes].every(([key, type]) => isSameType(type, b.attributes.get(key) ?? ANY))
    );
  }
  return a.kind === b.kind;
}

/** A type as Packer writes it: `list(string)`. */
export function typeText(type: Type): string {
  if ('element' in type) return `${type.kind}(${typeText(type.element)})`;
  if (type.kind === 'tuple') return `tuple([${type.elements.map(typeText).join(',')}])`;
  if (type.kind === 'object') {
    const attributes = [...type.attributes].map(
      ([key, of]) => `${key}=${type.optional?.has(key) ? `optional(${typeText(of)})` : typeText(of)}`,
    );
    return `object({${attributes.join(',')}})`;
  }
  return type.kind;
}

/** Whether nothing in it is unknown. */
export function isWhollyKnown(value: Value): boolean {
  if (value.kind === 'unknown') return false;
  if ('items' in value) return value.items.every(isWhollyKnown);
  if ('entries' in value) return [...value.entries.values()].every(isWhollyKnown);
  return true;
}

/** Every text inside a value. */
export function textsIn(value: Value): string[] {
  if (value.kind === 'string') return value.value === '' ? [] : [value.value];
  if ('items' in value) return value.items.flatMap(textsIn);
  return 'entries' in value ? [...value.entries.values()].flatMap(textsIn) : [];
}
