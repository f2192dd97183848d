import type { HclFunction } from '../function-call.ts';
import {
  add,
  compare,
  isWhole,
  type Num,
  negate,
  numberFrom,
  numberFromBigint,
  parseNumber,
  toDouble,
  truncated,
} from '../numbers.ts';
import { numberValue, type Value } from '../value.ts';
import { any, asItems, asNumber, asText, asWhole, bad, define, number, text, whole } from './define.ts';

const ZERO = numberFrom(0);

/** Packer's functions of numbers. */
export const NUMERIC_FUNCTIONS: Record<string, HclFunction> = {
  abs: define([number('number')], ([value]) => numberValue(absolute(asNumber(value)))),
  ceil: define([number('number')], ([value]) => numberValue(roundedUp(asNumber(value)))),
  floor: define([number('number')], ([value]) => numberValue(negate(roundedUp(negate(asNumber(value)))))),
  signum: define([number('number')], ([value]) => whole(compare(asNumber(value), ZERO))),
  max: define([], values => numberValue(best(values, order => order > 0)), number('numbers')),
  min: define([], values => numberValue(best(values, order => order < 0)), number('numbers')),
  sum: define([any('list')], ([list]) => numberValue(sum(asItems(list)))),
  pow: define([number('number'), number('power')], ([base, power]) =>
    double(toDouble(asNumber(base)) ** toDouble(asNumber(power))),
  ),
  log: define([number('number'), number('base')], ([value, base]) =>
    double(Math.log(toDouble(asNumber(value))) / Math.log(toDouble(asNumber(base)))),
  ),
  parseint: define([text('number'), number('base')], ([digits, base]) => parseInteger(asText(digits), asWhole(base))),
};

const absolute = (value: Num): Num => (value.mantissa < 0n ? negate(value) : value);

function roundedUp(value: Num): Num {
  if (isWhole(value)) return value;
  const towardsZero = numberFromBigint(truncated(value));
  return value.mantissa > 0n ? add(towardsZero, numberFrom(1)) : towardsZero;
}

function best(values: Value[], isBetter: (order: number) => boolean): Num {
  if (values.length === 0) throw bad('at least one number is required');
  return values.map(asNumber).reduce((found, value) => (isBetter(compare(value, found)) ? value : found));
}

function sum(items: Value[]): Num {
  if (items.length === 0) throw bad('an empty list has no sum');
  return items.map(asNumber).reduce(add);
}

function double(value: number): Value {
  if (!Number.isFinite(value)) throw bad('the result is no finite number');
  // The shortest digits that mean this double are what Packer shows of it.
  return numberValue(parseNumber(String(value)) ?? numberFrom(value));
}

function parseInteger(digits: string, base: number): Value {
  if (base < 2 || base > 62) throw bad(`the base must be between 2 and 62, not ${base}`);
  const match = /^([+-]?)([0-9a-zA-Z]+)$/.exec(digits);
  if (!match) throw notInBase(digits, base);
  let value = 0n;
  for (const character of match[2] ?? '') value = value * BigInt(base) + BigInt(digitOf(character, digits, base));
  return numberValue(numberFromBigint(match[1] === '-' ? -value : value));
}

const notInBase = (digits: string, base: number): Error =>
  bad(`${JSON.stringify(digits)} is no whole number in base ${base}`);

/** Up to base 36 the case does not matter; above, upper case comes after lower case. */
function digitOf(character: string, digits: string, base: number): number {
  const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const digit = alphabet.indexOf(base <= 36 ? character.toLowerCase() : character);
  if (digit < 0 || digit >= base) throw notInBase(digits, base);
  return digit;
}
