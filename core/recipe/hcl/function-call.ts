import { GoldsmithError } from '../../model/failure.ts';
import { nameHint } from '../nearest.ts';
import type { Expression, ExpressionOf } from './ast.ts';
import { hasPlaceholder, KEEPS_PLACEHOLDERS } from './build-values.ts';
import { convert } from './convert.ts';
import { ANY, isWhollyKnown, type Type, type Value } from './value.ts';

/** A parameter of a function: what its argument is converted to, and whether null may be given. */
export interface Parameter {
  name: string;
  type: Type;
  isNullable?: boolean;
}

/** A function of Packer's HCL2. `call` gets converted, known arguments; it throws GoldsmithError without a place. */
export interface HclFunction {
  parameters: Parameter[];
  /** For all further arguments. */
  variadic?: Parameter;
  call(values: Value[]): Value;
  /** Calls it with unknown values too. */
  takesUnknown?: boolean;
}

/** A function that sees its arguments before they are evaluated: `try`, `can`, `convert`. */
export interface SpecialForm {
  special(call: ExpressionOf<'call'>, evaluate: (argument: Expression) => Value): Value;
}

export type FunctionTable = ReadonlyMap<string, HclFunction | SpecialForm>;

/** Calls a function by name. @throws GoldsmithError `bad-recipe` at the call or at the argument that is wrong. */
export function callFunction(
  call: ExpressionOf<'call'>,
  functions: FunctionTable,
  evaluate: (argument: Expression) => Value,
): Value {
  const found = functions.get(call.name);
  if (!found) {
    throw call.source.fail(
      call.start,
      `There is no function "${call.name}".`,
      nameHint(call.name, functions.keys(), 'functions'),
    );
  }
  if ('special' in found) return found.special(call, evaluate);
  const values = expandedArguments(call, evaluate);
  checkCount(call, found, values.length);
  const converted = values.map((value, index) => convertedArgument(call, found, value, index));
  if (!KEEPS_PLACEHOLDERS.has(call.name) && converted.some(hasPlaceholder)) throw needsBuild(call);
  if (!found.takesUnknown && !converted.every(isWhollyKnown)) return { kind: 'unknown', type: ANY };
  return located(call, call, () => found.call(converted));
}

function needsBuild(call: ExpressionOf<'call'>): Error {
  const hint = 'Put it into a text as it stands, or work on it in the script.';
  return call.source.fail(
    call.start,
    `${call.name}() needs a value that only a running build has.`,
    hint,
    'unsupported',
  );
}

function expandedArguments(call: ExpressionOf<'call'>, evaluate: (argument: Expression) => Value): Value[] {
  const values = call.arguments.map(evaluate);
  const last = values.at(-1);
  if (!call.isExpanded || !last) return values;
  if (!('items' in last))
    throw call.source.fail(call.arguments.at(-1)?.start ?? call.start, 'Only a list can be expanded with "...".');
  return [...values.slice(0, -1), ...last.items];
}

function checkCount(call: ExpressionOf<'call'>, found: HclFunction, count: number): void {
  const least = found.parameters.length;
  if (count >= least && (found.variadic || count === least)) return;
  const names = [
    ...found.parameters.map(parameter => parameter.name),
    ...(found.variadic ? [`${found.variadic.name}...`] : []),
  ];
  const wanted = `${found.variadic ? 'at least ' : ''}${least} argument${least === 1 ? '' : 's'}`;
  throw call.source.fail(
    call.start,
    `${call.name}() takes ${wanted}, not ${count}.`,
    `It is ${call.name}(${names.join(', ')}).`,
  );
}

function convertedArgument(call: ExpressionOf<'call'>, found: HclFunction, value: Value, index: number): Value {
  const parameter = found.parameters[index] ?? found.variadic;
  const span = call.arguments[Math.min(index, call.arguments.length - 1)] ?? call;
  if (!parameter) return value;
  if (value.kind === 'null' && !parameter.isNullable)
    throw call.source.fail(span.start, `The argument "${parameter.name}" of ${call.name}() may not be null.`);
  return located(
    call,
    span,
    () => convert(value, parameter.type),
    `The argument "${parameter.name}" of ${call.name}(): `,
  );
}

function located<T>(
  call: ExpressionOf<'call'>,
  span: { start: number },
  work: () => T,
  prefix = `${call.name}(): `,
): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GoldsmithError) || error.details.place) throw error;
    throw call.source.fail(
      span.start,
      `${prefix}${error.message}${/[.!?]$/.test(error.message) ? '' : '.'}`,
      error.hint,
      error.code,
    );
  }
}
