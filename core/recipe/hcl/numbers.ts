/**
 * Numbers as Packer counts: binary floating point with a 512-bit mantissa (Go's `big.Float`), rounded half to even.
 * The value is `mantissa * 2 ** exponent`; the mantissa is odd, or zero with exponent zero.
 */
export interface Num {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const PRECISION = 512;
/** Beyond this a literal is a mistake, and its digits would fill the memory. */
const LARGEST_DECIMAL_EXPONENT = 5000;

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
const bitLength = (value: bigint): number => {
  if (value === 0n) return 0;
  const hex = magnitude(value).toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex[0] ?? '0', 16)));
};

/** Rounds to the precision; `isInexact` says that a nonzero rest lies beyond the mantissa already. */
function rounded(mantissa: bigint, exponent: number, isInexact = false): Num {
  if (mantissa === 0n) return { mantissa: 0n, exponent: 0 };
  const excess = bitLength(mantissa) - PRECISION;
  if (excess <= 0) return normalized(mantissa, exponent);
  const positive = magnitude(mantissa);
  const shift = BigInt(excess);
  let kept = positive >> shift;
  const rest = positive - (kept << shift);
  const half = 1n << (shift - 1n);
  if (rest > half || (rest === half && (isInexact || (kept & 1n) === 1n))) kept += 1n;
  return normalized(mantissa < 0n ? -kept : kept, exponent + excess);
}

function normalized(mantissa: bigint, exponent: number): Num {
  let value = mantissa;
  let power = exponent;
  while ((value & 0xffffffffn) === 0n) {
    value >>= 32n;
    power += 32;
  }
  while ((value & 1n) === 0n) {
    value >>= 1n;
    power += 1;
  }
  return { mantissa: value, exponent: power };
}

/** A quotient of integers, rounded once. */
function quotient(dividend: bigint, divisor: bigint, exponent = 0): Num {
  const shift = Math.max(0, PRECISION + 64 + bitLength(divisor) - bitLength(dividend));
  const scaled = dividend << BigInt(shift);
  const isNegative = scaled < 0n !== divisor < 0n;
  const whole = magnitude(scaled) / magnitude(divisor);
  const isInexact = whole * magnitude(divisor) !== magnitude(scaled);
  const sticky = isInexact ? (whole << 1n) | 1n : whole << 1n;
  return rounded(isNegative ? -sticky : sticky, exponent - shift - 1);
}

/** The number of a safe integer or of a double. */
export function numberFrom(value: number): Num {
  if (Number.isSafeInteger(value)) return rounded(BigInt(value), 0);
  let power = 0;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    power -= 1;
  }
  return rounded(BigInt(scaled), power);
}

export const numberFromBigint = (value: bigint): Num => rounded(value, 0);

/** Reads a decimal number such as `-12.5e3`; undefined when the text is none or out of any sensible range. */
export function parseNumber(text: string): Num | undefined {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const exponent = Number(power) - fraction.length;
  if (Math.abs(exponent) > LARGEST_DECIMAL_EXPONENT || whole.length > LARGEST_DECIMAL_EXPONENT) return undefined;
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  if (exponent >= 0) return rounded(digits * 10n ** BigInt(exponent), 0);
  return digits === 0n ? rounded(0n, 0) : quotient(digits, 10n ** BigInt(-exponent));
}

function aligned(a: Num, b: Num): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.mantissa << BigInt(a.exponent - exponent), b.mantissa << BigInt(b.exponent - exponent), exponent];
}

export function add(a: Num, b: Num): Num {
  const [x, y, exponent] = aligned(a, b);
  return rounded(x + y, exponent);
}

export const negate = (a: Num): Num => ({ mantissa: -a.mantissa, exponent: a.exponent });
export const subtract = (a: Num, b: Num): Num => add(a, negate(b));
export const multiply = (a: Num, b: Num): Num => rounded(a.mantissa * b.mantissa, a.exponent + b.exponent);
/** `b` must not be zero. */
export const divide = (a: Num, b: Num): Num =>
  a.mantissa === 0n ? a : quotient(a.mantissa, b.mantissa, a.exponent - b.exponent);

/** The rest of a division that rounds towards zero: it has the sign of `a`. `b` must not be zero. */
export function modulo(a: Num, b: Num): Num {
  const [x, y, exponent] = aligned(a, b);
  return rounded(x % y, exponent);
}

export function compare(a: Num, b: Num): number {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

export const isWhole = (a: Num): boolean => a.exponent >= 0;

/** The whole part, towards zero. */
export const truncated = (a: Num): bigint =>
  a.exponent >= 0
    ? a.mantissa << BigInt(a.exponent)
    : a.mantissa < 0n
      ? -(-a.mantissa >> BigInt(-a.exponent))
      : a.mantissa >> BigInt(-a.exponent);

/** The nearest double. */
export const toDouble = (a: Num): number => Number(toText(a));

/** The shortest decimal text that reads back as the same number, never with an exponent (Go: `Text('f', -1)`). */
export function toText(a: Num): string {
  if (a.exponent >= 0 && bitLength(a.mantissa) + a.exponent <= PRECISION) return truncated(a).toString();
  const sign = a.mantissa < 0n ? '-' : '';
  const bits = bitLength(a.mantissa);
  const full = magnitude(a.mantissa) << BigInt(PRECISION - bits);
  const exponent = a.exponent - (PRECISION - bits) - 1;
  const scale = exponent < 0 ? 5n ** BigInt(-exponent) : 1n << BigInt(exponent);
  const isBoundaryOfPower = full === 1n << BigInt(PRECISION - 1);
  const texts = [full * 2n - 1n, full * 2n, full * 2n + 1n].map((value, index) =>
    index === 0 && isBoundaryOfPower ? ((full * 4n - 1n) * scale) / 2n : value * scale,
  );
  const length = Math.max(...texts.map(value => value.toString().length));
  const [low = '', middle = '', high = ''] = texts.map(value => value.toString().padStart(length, '0'));
  const digits = shortest(low, middle, high, (full & 1n) === 0n);
  return sign + placed(digits, length - Math.max(0, -exponent));
}

/** The fewest leading digits of `middle` that still lie between `low` and `high`. */
function shortest(low: string, middle: string, high: string, isInclusive: boolean): string {
  for (let i = 0; i < middle.length; i++) {
    const [l, m, u] = [Number(low[i]), Number(middle[i]), Number(high[i])];
    const isDownOk = l !== m || (isInclusive && i + 1 === low.length);
    const isUpOk = m !== u && (isInclusive || m + 1 < u || i + 1 < high.length);
    if (isDownOk && isUpOk) return isRestAtLeastHalf(middle, i + 1) ? incremented(middle, i) : middle.slice(0, i + 1);
    if (isDownOk) return middle.slice(0, i + 1);
    if (isUpOk) return incremented(middle, i);
  }
  return middle;
}

const isRestAtLeastHalf = (digits: string, from: number): boolean => (digits[from] ?? '0') >= '5';
const incremented = (digits: string, last: number): string =>
  (BigInt(digits.slice(0, last + 1)) + 1n).toString().padStart(last + 1, '0');

/** Sets the decimal point after `point` digits. */
function placed(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`.replace(/\.?0+$/, '') || '0';
  const whole = digits
    .slice(0, point)
    .padEnd(point, '0')
    .replace(/^0+(?=\d)/, '');
  const fraction = digits.slice(point).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** Fixed decimals, rounded half to even on the exact value (Go: `%.*f`). */
export function toFixed(a: Num, decimals: number): string {
  const scale = 10n ** BigInt(decimals);
  const exact = magnitude(a.mantissa) * scale;
  const shift = BigInt(Math.max(0, -a.exponent));
  let units = a.exponent >= 0 ? exact << BigInt(a.exponent) : exact >> shift;
  const rest = a.exponent >= 0 ? 0n : exact - (units << shift);
  const half = shift === 0n ? 1n : 1n << (shift - 1n);
  if (rest > half || (rest === half && rest !== 0n && (units & 1n) === 1n)) units += 1n;
  const text = units.toString().padStart(decimals + 1, '0');
  const sign = a.mantissa < 0n ? '-' : '';
  return decimals === 0 ? sign + text : `${sign}${text.slice(0, -decimals)}.${text.slice(-decimals)}`;
}
