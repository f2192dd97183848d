import { convert, unify } from '../convert.ts';
import type { HclFunction } from '../function-call.ts';
import {
  boolValue,
  compareText,
  fingerprint,
  listValue,
  mapValue,
  objectValue,
  type Type,
  textValue,
  tupleValue,
  typeOf,
  type Value,
} from '../value.ts';
import {
  any,
  anyOrNull,
  asEntries,
  asItems,
  asText,
  asTexts,
  asWhole,
  bad,
  define,
  graphemes,
  number,
  text,
  textList,
  texts,
  whole,
} from './define.ts';

/** Packer's functions of lists, maps and objects. */
export const COLLECTION_FUNCTIONS: Record<string, HclFunction> = {
  length: define([any('value')], ([value]) => whole(lengthOf(value))),
  concat: define([], concat, any('lists')),
  contains: define([any('list'), any('value')], ([list, value]) => boolValue(positionOf(asItems(list), value) >= 0)),
  index: define([any('list'), any('value')], index),
  distinct: define([any('list')], ([given]) => {
    const list = oneType(given);
    return like(list, unique(asItems(list)));
  }),
  element: define([any('list'), number('index')], element),
  slice: define([any('list'), number('start'), number('end')], slice),
  reverse: define([any('list')], ([list]) => like(list, [...asItems(list)].reverse())),
  flatten: define([any('list')], ([list]) => tupleValue(flattened(asItems(list)))),
  chunklist: define([any('list'), number('size')], chunks),
  compact: define([texts('list')], ([list]) =>
    textList(
      asItems(list)
        .filter(item => item.kind === 'string' && item.value !== '')
        .map(asText),
    ),
  ),
  sort: define([texts('list')], ([list]) => textList(asTexts(list).sort(compareText))),
  coalesce: define([], coalesce, anyOrNull('values')),
  coalescelist: define([], coalesceList, anyOrNull('lists')),
  keys: define([any('map')], ([map]) => keys(map)),
  values: define([any('map')], ([map]) => valuesOf(map)),
  lookup: define([any('map'), text('key')], lookup, any('default')),
  merge: define([], merge, anyOrNull('maps')),
  zipmap: define([texts('keys'), any('values')], zipmap),
  alltrue: define([any('list')], ([list]) => boolValue(asItems(list).every(isTrue))),
  anytrue: define([any('list')], ([list]) => boolValue(asItems(list).some(isTrue))),
};

function lengthOf(value: Value | undefined): number {
  if (value?.kind === 'string') return graphemes(value.value).length;
  if (value && 'items' in value) return value.items.length;
  if (value && 'entries' in value) return value.entries.size;
  throw bad('a text, a list or a map is required');
}

/** A tuple as the list that Packer makes of it where its elements have a common type. */
function oneType(value: Value | undefined): Value | undefined {
  const element = value?.kind === 'tuple' ? unify(value.items.map(typeOf)) : undefined;
  return value && element ? convert(value, { kind: 'list', element }) : value;
}

/** The same items in the kind of collection they came from; a set becomes a list. */
function like(original: Value | undefined, items: Value[]): Value {
  return original && 'element' in original ? listValue(original.element, items) : tupleValue(items);
}

/** Items as a list when their types agree, as go-cty makes of lists. */
function listOrTuple(items: Value[], types: Type[]): Value {
  const element = types.every(type => type.kind === 'list' || type.kind === 'set')
    ? unify(items.map(typeOf))
    : undefined;
  return element
    ? listValue(
        element,
        items.map(item => convert(item, element)),
      )
    : tupleValue(items);
}

function concat(lists: Value[]): Value {
  return listOrTuple(lists.flatMap(asItems), lists.map(typeOf));
}

const positionOf = (items: Value[], value: Value | undefined): number => {
  const wanted = value === undefined ? '' : fingerprint(value);
  return items.findIndex(item => fingerprint(item) === wanted);
};

function index([list, value]: Value[]): Value {
  const found = positionOf(asItems(list), value);
  if (found < 0) throw bad('the list has no such element');
  return whole(found);
}

function unique(items: Value[]): Value[] {
  const seen = new Set<string>();
  return items.filter(item => !seen.has(fingerprint(item)) && seen.add(fingerprint(item)));
}

function element([list, at]: Value[]): Value {
  const items = asItems(list);
  const position = asWhole(at);
  if (position < 0) throw bad('the index may not be negative');
  const item = items[position % Math.max(1, items.length)];
  if (!item) throw bad('the list is empty');
  return item;
}

function slice([list, from, to]: Value[]): Value {
  const items = asItems(list);
  const [start, end] = [asWhole(from), asWhole(to)];
  if (start < 0 || end > items.length || start > end)
    throw bad(`there is no slice from ${start} to ${end} of a list with ${items.length} elements`);
  return like(list, items.slice(start, end));
}

const flattened = (items: Value[]): Value[] =>
  items.flatMap(item => ('items' in item ? flattened(item.items) : [item]));

function chunks([list, sizeValue]: Value[]): Value {
  const items = asItems(list);
  const size = asWhole(sizeValue);
  if (size < 0) throw bad('the size may not be negative');
  const step = size === 0 ? Math.max(1, items.length) : size;
  const parts = Array.from({ length: Math.ceil(items.length / step) }, (_, part) =>
    like(list, items.slice(part * step, (part + 1) * step)),
  );
  return tupleValue(parts);
}

const isEmptyText = (value: Value): boolean => value.kind === 'null' || (value.kind === 'string' && value.value === '');

function coalesce(values: Value[]): Value {
  const found = values.find(value => !isEmptyText(value));
  if (!found) throw bad('all arguments are null or empty');
  const type = unify(values.map(typeOf));
  if (!type) throw bad('all arguments must have the same type');
  return convert(found, type);
}

function coalesceList(values: Value[]): Value {
  const found = values.find(value => 'items' in value && value.items.length > 0);
  if (!found) throw bad('all lists are empty');
  return found;
}

function keys(map: Value | undefined): Value {
  const names = [...asEntries(map).keys()];
  return map?.kind === 'object' ? tupleValue(names.map(textValue)) : textList(names);
}

function valuesOf(map: Value | undefined): Value {
  const items = [...asEntries(map).values()];
  return map?.kind === 'map' ? listValue(map.element, items) : tupleValue(items);
}

function lookup([map, key, ...rest]: Value[]): Value {
  const found = asEntries(map).get(asText(key));
  const [fallback] = rest;
  if (found) return found;
  if (!fallback) throw bad(`there is no key ${JSON.stringify(asText(key))} and no default`);
  return map?.kind === 'map' ? convert(fallback, map.element) : fallback;
}

/** Later ones win; the result is a map when all are maps of one type, else an object. */
function merge(values: Value[]): Value {
  const maps = values.filter(value => value.kind !== 'null');
  const entries = maps.flatMap(map => [...asEntries(map)]);
  const element =
    maps.length > 0 && maps.every(map => map.kind === 'map')
      ? unify(entries.map(([, value]) => typeOf(value)))
      : undefined;
  if (!element) return objectValue(entries);
  return mapValue(
    element,
    entries.map(([key, value]) => [key, convert(value, element)]),
  );
}

function zipmap([names, values]: Value[]): Value {
  const [left, right] = [asTexts(names), asItems(values)];
  if (left.length !== right.length) throw bad(`there are ${left.length} keys and ${right.length} values`);
  const entries = left.map((name, at): [string, Value] => [name, right[at] ?? textValue('')]);
  return values && 'element' in values ? mapValue(values.element, entries) : objectValue(entries);
}

const isTrue = (value: Value): boolean => {
  const converted = value.kind === 'null' ? boolValue(false) : convert(value, { kind: 'bool' });
  return converted.kind === 'bool' && converted.value;
};
