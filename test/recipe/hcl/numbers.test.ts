import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  compare,
  divide,
  modulo,
  multiply,
  numberFrom,
  parseNumber,
  subtract,
  toFixed,
  toText,
} from '../../../core/recipe/hcl/numbers.ts';

const number = (text: string) => {
  const parsed = parseNumber(text);
  if (!parsed) throw new Error(`${text} is no number`);
  return parsed;
};

describe('numbers with 512 bits', () => {
  it.each(['0', '1', '-1', '0.1', '1.5', '123456789.987654321', '100000000000000000000000', '0.000001', '-0.25'])(
    '%s is written as it is read',
    text => {
      expect(toText(number(text))).toBe(text);
    },
  );

  it.each([
    ['1e3', '1000'],
    ['1.50', '1.5'],
    ['2.5E-3', '0.0025'],
  ])('%s is %s', (text, shown) => expect(toText(number(text))).toBe(shown));

  it('0.1 + 0.2 is 0.3', () => expect(toText(add(number('0.1'), number('0.2')))).toBe('0.3'));
  /** As `packer console` prints it. */
  it('10 / 3 has 155 digits', () => expect(toText(divide(number('10'), number('3')))).toBe(`3.${'3'.repeat(153)}2`));
  it('the rest has the sign of the dividend', () => expect(toText(modulo(number('-7'), number('3')))).toBe('-1'));
  it.each(['', 'x', '1.', '.5', '0x10', '1e99999999', '9'.repeat(6000)])('%j is no number', text =>
    expect(parseNumber(text)).toBeUndefined(),
  );

  it('counts like whole numbers', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
        const [x, y] = [numberFrom(a), numberFrom(b)];
        expect(toText(add(x, y))).toBe(String(BigInt(a) + BigInt(b)));
        expect(toText(subtract(x, y))).toBe(String(BigInt(a) - BigInt(b)));
        expect(toText(multiply(x, y))).toBe(String(BigInt(a) * BigInt(b)));
        expect(Math.sign(compare(x, y))).toBe(Math.sign(a - b));
      }),
      { numRuns: 300 },
    );
  });

  it('every double survives', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }), value => {
        expect(Number(toText(numberFrom(value)))).toBe(value === 0 ? 0 : value);
      }),
      { numRuns: 300 },
    );
  });

  it('decimals are rounded half to even on the exact value', () => {
    expect(['2.5', '3.5', '0.125', '-1.005'].map(text => toFixed(number(text), text === '0.125' ? 2 : 0))).toEqual([
      '2',
      '4',
      '0.12',
      '-1',
    ]);
  });
});
