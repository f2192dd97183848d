import { convert, unify } from '../convert.ts';
import type { HclFunction } from '../function-call.ts';
import { add, compare, type Num, numberFrom } from '../numbers.ts';
import {
  ANY,
  fingerprint,
  listValue,
  NUMBER,
  numberValue,
  setValue,
  tupleValue,
  typeOf,
  type Value,
} from '../value.ts';
import { any, asItems, asNumber, bad, define, number } from './define.ts';

const LONGEST_RANGE = 1024;
const LARGEST_PRODUCT = 100_000;

/** Packer's functions of sets, and `range`. */
export const SET_FUNCTIONS: Record<string, HclFunction> = {
  setunion: define(
    [any('first')],
    sets => combined(sets, ([first = [], ...others]) => [...first, ...others.flat()]),
    any('others'),
  ),
  setintersection: define([any('first')], sets => combined(sets, intersection), any('others')),
  setproduct: define([], product, any('sets')),
  range: define([], range, number('numbers')),
};

/** All sets are brought to one type of element first. */
function combined(sets: Value[], work: (lists: Value[][]) => Value[]): Value {
  const lists = sets.map(asItems);
  const element = unify(lists.flat().map(typeOf)) ?? ANY;
  return setValue(element, work(lists.map(items => items.map(item => convert(item, element)))));
}

function intersection([first = [], ...others]: Value[][]): Value[] {
  const known = others.map(items => new Set(items.map(fingerprint)));
  return first.filter(item => known.every(items => items.has(fingerprint(item))));
}

function product(sets: Value[]): Value {
  if (sets.length < 2) throw bad('at least two sets are required');
  const lists = sets.map(asItems);
  if (lists.reduce((size, items) => size * items.length, 1) > LARGEST_PRODUCT) throw bad('the product is too large');
  const rows = lists.reduce<Value[][]>((done, items) => done.flatMap(row => items.map(item => [...row, item])), [[]]);
  const tuples = rows.map(tupleValue);
  const element = unify(tuples.map(typeOf)) ?? ANY;
  return sets.every(set => set.kind === 'set') ? setValue(element, tuples) : listValue(element, tuples);
}

/** `range(end)`, `range(start, end)`, `range(start, end, step)`. */
function range(values: Value[]): Value {
  if (values.length < 1 || values.length > 3) throw bad('one to three numbers are required');
  const [first, second, third] = values.map(asNumber);
  const zero = numberFrom(0);
  const [start, end] = second ? [first ?? zero, second] : [zero, first ?? zero];
  const step = third ?? numberFrom(compare(start, end) <= 0 ? 1 : -1);
  return listValue(NUMBER, numbersBetween(start, end, step));
}

function numbersBetween(start: Num, end: Num, step: Num): Value[] {
  const direction = compare(step, numberFrom(0));
  if (direction === 0) throw bad('the step may not be zero');
  if (compare(end, start) * direction < 0) throw bad('the step leads away from the end');
  const items: Value[] = [];
  for (let at = start; compare(at, end) * direction < 0; at = add(at, step)) {
    if (items.length >= LONGEST_RANGE) throw bad(`a range has at most ${LONGEST_RANGE} numbers`);
    items.push(numberValue(at));
  }
  return items;
}
