import { GoldsmithError } from '../../model/failure.ts';
import { hasPlaceholder } from './build-values.ts';
import { convert, describeType } from './convert.ts';
import { add, compare, divide, modulo, multiply, type Num, negate, subtract } from './numbers.ts';
import { BOOL, boolValue, fingerprint, NUMBER, numberValue, type Type, type Value } from './value.ts';

const arithmetic =
  (work: (a: Num, b: Num) => Num) =>
  (a: Num, b: Num): Value =>
    numberValue(work(a, b));
const comparison =
  (test: (order: number) => boolean) =>
  (a: Num, b: Num): Value =>
    boolValue(test(compare(a, b)));

const NUMERIC: Record<string, (a: Num, b: Num) => Value> = {
  '+': arithmetic(add),
  '-': arithmetic(subtract),
  '*': arithmetic(multiply),
  '/': arithmetic((a, b) => divide(a, nonzero(b))),
  '%': arithmetic((a, b) => modulo(a, nonzero(b))),
  '<': comparison(order => order < 0),
  '>': comparison(order => order > 0),
  '<=': comparison(order => order <= 0),
  '>=': comparison(order => order >= 0),
};

function nonzero(number: Num): Num {
  if (number.mantissa === 0n) throw new GoldsmithError('bad-recipe', 'A division by zero.');
  return number;
}

/** A binary operator of HCL2. @throws GoldsmithError `bad-recipe` without a place. */
export function binary(operator: string, left: Value, right: Value): Value {
  if (operator === '==' || operator === '!=') return equality(left, right, operator === '==');
  const numeric = NUMERIC[operator];
  if (!numeric) return logical(operator, left, right);
  const [a, b] = [operand(operator, left, NUMBER), operand(operator, right, NUMBER)];
  if (a.kind === 'number' && b.kind === 'number') return numeric(a.value, b.value);
  return { kind: 'unknown', type: '+-*/%'.includes(operator) ? NUMBER : BOOL };
}

/** `-` and `!`. @throws GoldsmithError `bad-recipe` without a place. */
export function unary(operator: '-' | '!', value: Value): Value {
  const converted = operand(operator, value, operator === '-' ? NUMBER : BOOL);
  if (converted.kind === 'number') return numberValue(negate(converted.value));
  return converted.kind === 'bool' ? boolValue(!converted.value) : converted;
}

function operand(operator: string, value: Value, type: Type): Value {
  if (value.kind === 'null') throw new GoldsmithError('bad-recipe', `An operand of "${operator}" is null.`);
  try {
    return convert(value, type);
  } catch {
    const hint = operator === '+' ? 'Texts are joined by format() or in a template.' : undefined;
    const wanted = type.kind === 'number' ? 'numbers' : 'true and false';
    throw new GoldsmithError('bad-recipe', `"${operator}" works on ${wanted}, not on ${describeType(value)}.`, {
      hint,
    });
  }
}

function logical(operator: string, left: Value, right: Value): Value {
  const [a, b] = [operand(operator, left, BOOL), operand(operator, right, BOOL)];
  if (a.kind !== 'bool' || b.kind !== 'bool') return { kind: 'unknown', type: BOOL };
  return boolValue(operator === '&&' ? a.value && b.value : a.value || b.value);
}

/** Nothing is converted: `"1" == 1` is false. */
function equality(left: Value, right: Value, isEqualWanted: boolean): Value {
  if (hasPlaceholder(left) || hasPlaceholder(right)) {
    throw new GoldsmithError('unsupported', 'This compares a value that only a running build has.');
  }
  if (left.kind === 'null' || right.kind === 'null') return boolValue((left.kind === right.kind) === isEqualWanted);
  if (left.kind === 'unknown' || right.kind === 'unknown') return { kind: 'unknown', type: BOOL };
  return boolValue((fingerprint(left) === fingerprint(right)) === isEqualWanted);
}
