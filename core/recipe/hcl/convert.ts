import { GoldsmithError } from '../../model/failure.ts';
import { parseNumber, toText } from './numbers.ts';
import {
  ANY,
  boolValue,
  isSameType,
  listValue,
  mapValue,
  numberValue,
  objectValue,
  setValue,
  type Type,
  textValue,
  tupleValue,
  typeOf,
  typeText,
  type Value,
} from './value.ts';

/** The automatic conversions of HCL2 (go-cty `convert`). */

const fail = (message: string, hint?: string): GoldsmithError => new GoldsmithError('bad-recipe', message, { hint });

const ARTICLES: Partial<Record<Type['kind'], string>> = {
  string: 'a text',
  number: 'a number',
  bool: 'true or false',
  list: 'a list',
  set: 'a set',
  map: 'a map',
  object: 'an object',
  tuple: 'a tuple',
};

/** Converts a value to a type. @throws GoldsmithError `bad-recipe`, without a place: the caller knows it. */
export function convert(value: Value, type: Type): Value {
  if (type.kind === 'any') return value;
  if (value.kind === 'null') return { kind: 'null', type };
  if (value.kind === 'unknown') return { kind: 'unknown', type };
  const converted = CONVERSIONS[type.kind](value, type as never);
  if (converted) return converted;
  throw fail(`${ARTICLES[type.kind]} is required, not ${ARTICLES[value.kind as Type['kind']] ?? value.kind}`);
}

type Conversions = {
  [K in Exclude<Type['kind'], 'any'>]: (value: Value, type: Extract<Type, { kind: K }>) => Value | undefined;
};

const CONVERSIONS = {
  string: asString,
  number: asNumber,
  bool: asBool,
  list: (value: Value, type: Type) => asSequence(value, elementOf(type), listValue),
  set: (value: Value, type: Type) => asSequence(value, elementOf(type), setValue),
  map: (value: Value, type: Type) => asMap(value, elementOf(type)),
  object: asObject,
  tuple: asTuple,
} as unknown as Conversions;

const elementOf = (type: Type): Type => ('element' in type ? type.element : ANY);

function asString(value: Value): Value | undefined {
  if (value.kind === 'string') return value;
  if (value.kind === 'number') return textValue(toText(value.value));
  return value.kind === 'bool' ? textValue(String(value.value)) : undefined;
}

function asNumber(value: Value): Value | undefined {
  if (value.kind === 'number') return value;
  const number = value.kind === 'string' ? parseNumber(value.value) : undefined;
  if (number) return numberValue(number);
  if (value.kind === 'string') throw fail(`a number is required, not the text ${JSON.stringify(value.value)}`);
  return undefined;
}

const BOOLS: Record<string, boolean> = { true: true, '1': true, false: false, '0': false };

function asBool(value: Value): Value | undefined {
  if (value.kind === 'bool') return value;
  const bool = value.kind === 'string' ? BOOLS[value.value] : undefined;
  if (bool !== undefined) return boolValue(bool);
  if (value.kind === 'string') throw fail(`true or false is required, not the text ${JSON.stringify(value.value)}`);
  return undefined;
}

function asSequence(value: Value, element: Type, make: (element: Type, items: Value[]) => Value): Value | undefined {
  if (!('items' in value)) return undefined;
  const common = element.kind === 'any' ? unify(value.items.map(typeOf)) : element;
  if (!common) throw fail('all elements must have the same type');
  return make(
    common,
    value.items.map(item => convert(item, common)),
  );
}

function asMap(value: Value, element: Type): Value | undefined {
  if (!('entries' in value)) return undefined;
  const common = element.kind === 'any' ? unify([...value.entries.values()].map(typeOf)) : element;
  if (!common) throw fail('all values of the map must have the same type');
  return mapValue(
    common,
    [...value.entries].map(([key, item]) => [key, named(key, () => convert(item, common))]),
  );
}

function named<T>(key: string, convertOne: () => T): T {
  try {
    return convertOne();
  } catch (error) {
    if (error instanceof GoldsmithError) throw fail(`"${key}": ${error.message}`);
    throw error;
  }
}

function asObject(value: Value, type: Extract<Type, { kind: 'object' }>): Value | undefined {
  if (!('entries' in value)) return undefined;
  const entries: [string, Value][] = [];
  for (const [key, of] of type.attributes) {
    const item = value.entries.get(key);
    if (item) entries.push([key, named(key, () => convert(item, of))]);
    else if (type.optional?.has(key)) entries.push([key, { kind: 'null', type: of }]);
    else throw fail(`the attribute "${key}" is required`);
  }
  return objectValue(entries);
}

function asTuple(value: Value, type: Extract<Type, { kind: 'tuple' }>): Value | undefined {
  if (!('items' in value) || value.kind === 'set') return undefined;
  if (value.items.length !== type.elements.length)
    throw fail(`${type.elements.length} elements are required, not ${value.items.length}`);
  return tupleValue(value.items.map((item, index) => convert(item, type.elements[index] ?? ANY)));
}

/** The type that all of these convert to, or undefined when there is none. */
export function unify(types: Type[]): Type | undefined {
  const known = types.filter(type => type.kind !== 'any');
  const [first] = known;
  if (!first) return ANY;
  if (known.every(type => isSameType(type, first))) return first;
  const kinds = new Set(known.map(type => type.kind));
  if (has(kinds, ['string', 'number', 'bool'])) return kinds.has('string') ? { kind: 'string' } : undefined;
  if (has(kinds, ['list', 'set', 'tuple'])) return unifySequences(known, kinds);
  if (has(kinds, ['map', 'object'])) return unifyMaps(known, kinds);
  return undefined;
}

const has = (kinds: Set<Type['kind']>, allowed: Type['kind'][]): boolean =>
  [...kinds].every(kind => allowed.includes(kind));

function unifySequences(types: Type[], kinds: Set<Type['kind']>): Type | undefined {
  const tuples = types.filter(type => type.kind === 'tuple');
  const length = tuples[0]?.elements.length;
  if (tuples.length === types.length && tuples.every(tuple => tuple.elements.length === length)) {
    const elements = (tuples[0]?.elements ?? []).map((_, index) =>
      unify(tuples.map(tuple => tuple.elements[index] ?? ANY)),
    );
    const found = elements.filter(element => element !== undefined);
    if (found.length === elements.length) return { kind: 'tuple', elements: found };
  }
  const element = unify(types.flatMap(type => (type.kind === 'tuple' ? type.elements : [elementOf(type)])));
  return element && { kind: kinds.has('set') && !kinds.has('list') && !kinds.has('tuple') ? 'set' : 'list', element };
}

function unifyMaps(types: Type[], kinds: Set<Type['kind']>): Type | undefined {
  const objects = types.filter(type => type.kind === 'object');
  if (!kinds.has('map') && objects.every(object => hasSameKeys(object, objects[0]))) {
    const attributes = [...(objects[0]?.attributes.keys() ?? [])].map(
      key => [key, unify(objects.map(object => object.attributes.get(key) ?? ANY))] as const,
    );
    const found = attributes.filter((pair): pair is readonly [string, Type] => pair[1] !== undefined);
    return found.length === attributes.length ? { kind: 'object', attributes: new Map(found) } : undefined;
  }
  const element = unify(
    types.flatMap(type => (type.kind === 'object' ? [...type.attributes.values()] : [elementOf(type)])),
  );
  return element && { kind: 'map', element };
}

type ObjectType = Extract<Type, { kind: 'object' }>;
const hasSameKeys = (a: ObjectType, b: ObjectType | undefined): boolean =>
  b !== undefined &&
  a.attributes.size === b.attributes.size &&
  [...a.attributes.keys()].every(key => b.attributes.has(key));

/** A value as plain data, for the options of a builder; unknown values become Packer's `<unknown>`. */
export function toPlain(value: Value): unknown {
  switch (value.kind) {
    case 'null':
      return null;
    case 'unknown':
      return '<unknown>';
    case 'number':
      return Number(toText(value.value));
    case 'string':
    case 'bool':
      return value.value;
    case 'list':
    case 'set':
    case 'tuple':
      return value.items.map(toPlain);
    default:
      return Object.fromEntries([...value.entries].map(([key, item]) => [key, toPlain(item)]));
  }
}

export const describeType = (value: Value): string => typeText(typeOf(value));
