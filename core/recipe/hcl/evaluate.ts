import { GoldsmithError } from '../../model/failure.ts';
import { nameHint } from '../nearest.ts';
import type { Expression, ExpressionKind, ExpressionOf, Step, TemplatePart } from './ast.ts';
import { convert, describeType, unify } from './convert.ts';
import { callFunction, type FunctionTable } from './function-call.ts';
import { numberFrom } from './numbers.ts';
import { binary, unary } from './operators.ts';
import { placed } from './placed.ts';
import { attributeOf, indexOf } from './traversal.ts';
import {
  ANY,
  BOOL,
  FALSE,
  numberValue,
  objectValue,
  STRING,
  TRUE,
  type Type,
  textValue,
  tupleValue,
  typeOf,
  typeText,
  type Value,
} from './value.ts';

/** What names mean where an expression is evaluated. */
export interface Scope {
  variables: Map<string, Value>;
  functions: FunctionTable;
  parent?: Scope | undefined;
}

/**
 * The value of an expression (HCL specification, "Expressions").
 * @throws GoldsmithError `bad-recipe` with the place of the part that is wrong.
 */
export function evaluate(expression: Expression, scope: Scope): Value {
  const evaluateKind = EVALUATORS[expression.kind] as (expression: Expression, scope: Scope) => Value;
  return evaluateKind(expression, scope);
}

type Evaluators = { [K in ExpressionKind]: (expression: ExpressionOf<K>, scope: Scope) => Value };

const EVALUATORS: Evaluators = {
  literal: expression => expression.value,
  template: (expression, scope) => joinParts(expression, expression.parts, scope),
  wrapped: (expression, scope) => evaluate(expression.inner, scope),
  parentheses: (expression, scope) => evaluate(expression.inner, scope),
  variable: evaluateVariable,
  attribute: (expression, scope) =>
    attributeOf(
      evaluate(expression.object, scope),
      expression.name,
      expression,
      expression.nameSpan,
      expression.object,
    ),
  index: (expression, scope) =>
    indexOf(evaluate(expression.collection, scope), evaluate(expression.key, scope), expression, expression.key),
  splat: evaluateSplat,
  call: evaluateCall,
  conditional: evaluateConditional,
  binary: evaluateBinary,
  unary: (expression, scope) => {
    const operand = evaluate(expression.operand, scope);
    return placed(expression, expression.operand, () => unary(expression.operator, operand));
  },
  tuple: (expression, scope) => tupleValue(expression.items.map(item => evaluate(item, scope))),
  object: evaluateObject,
  for: evaluateFor,
};

function evaluateVariable(expression: ExpressionOf<'variable'>, scope: Scope): Value {
  const names: string[] = [];
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const value = at.variables.get(expression.name);
    if (value) return value;
    names.push(...at.variables.keys());
  }
  throw expression.source.fail(
    expression.start,
    `"${expression.name}" means nothing here.`,
    nameHint(expression.name, names, 'names'),
  );
}

function evaluateSplat(expression: ExpressionOf<'splat'>, scope: Scope): Value {
  const collection = evaluate(expression.collection, scope);
  if (collection.kind === 'unknown') return { kind: 'unknown', type: ANY };
  if (collection.kind === 'null') return tupleValue([]);
  const items = 'items' in collection ? collection.items : [collection];
  return tupleValue(
    items.map(item => expression.steps.reduce((value, step) => follow(value, step, expression, scope), item)),
  );
}

function follow(value: Value, step: Step, expression: Expression, scope: Scope): Value {
  if (step.kind === 'attribute') return attributeOf(value, step.name, expression, step);
  return indexOf(value, evaluate(step.key, scope), expression, step);
}

function evaluateBinary(expression: ExpressionOf<'binary'>, scope: Scope): Value {
  const left = evaluate(expression.left, scope);
  const right = attempt(expression.right, scope);
  if ('value' in right) return placed(expression, expression, () => binary(expression.operator, left, right.value));
  const decided = expression.operator === '&&' ? FALSE : expression.operator === '||' ? TRUE : undefined;
  const isDecided = decided !== undefined && left.kind === 'bool' && left.value === (decided === TRUE);
  if (isDecided) return decided;
  throw right.error;
}

function evaluateCall(expression: ExpressionOf<'call'>, scope: Scope): Value {
  return callFunction(expression, scope.functions, argument => evaluate(argument, scope));
}

/** An error instead of a value, where the value may not be needed. */
type Attempt = { value: Value } | { error: GoldsmithError };

function attempt(expression: Expression, scope: Scope): Attempt {
  try {
    return { value: evaluate(expression, scope) };
  } catch (error) {
    if (error instanceof GoldsmithError) return { error };
    throw error;
  }
}

/** Both results are evaluated, for their common type; an error counts only in the one that is chosen. */
function evaluateConditional(expression: ExpressionOf<'conditional'>, scope: Scope): Value {
  const condition = placed(expression, expression.condition, () =>
    convert(evaluate(expression.condition, scope), BOOL),
  );
  if (condition.kind === 'null') throw expression.source.fail(expression.condition.start, 'The condition is null.');
  const [whenTrue, whenFalse] = [attempt(expression.whenTrue, scope), attempt(expression.whenFalse, scope)];
  const type = commonType(expression, whenTrue, whenFalse);
  if (condition.kind !== 'bool') return { kind: 'unknown', type };
  const chosen = condition.value ? whenTrue : whenFalse;
  if ('error' in chosen) throw chosen.error;
  return placed(expression, expression, () => convert(chosen.value, type));
}

function commonType(expression: ExpressionOf<'conditional'>, whenTrue: Attempt, whenFalse: Attempt): Type {
  const types = [whenTrue, whenFalse].map(result => ('value' in result ? typeOf(result.value) : ANY));
  const type = unify(types);
  if (type) return type;
  const message = `Both results of a condition must have one type; these are ${types.map(typeText).join(' and ')}.`;
  throw expression.source.fail(expression.whenTrue.start, message);
}

function evaluateObject(expression: ExpressionOf<'object'>, scope: Scope): Value {
  const entries: [string, Value][] = expression.items.map(({ key, value }) => [
    keyText(key, evaluate(key, scope)),
    evaluate(value, scope),
  ]);
  return objectValue(entries);
}

function keyText(expression: Expression, key: Value): string {
  const text = placed(expression, expression, () => convert(key, STRING));
  if (text.kind === 'string') return text.value;
  throw expression.source.fail(
    expression.start,
    text.kind === 'null' ? 'A key may not be null.' : 'This key is not known before the build.',
  );
}

/** Key and value of each element: keys are numbers for lists, names for maps, the elements themselves for sets. */
function elementsOf(collection: Value, expression: Expression): [Value, Value][] {
  if (collection.kind === 'null')
    throw expression.source.fail(expression.start, 'This value is null, so there is nothing to go through.');
  if ('entries' in collection) return [...collection.entries].map(([key, value]) => [textValue(key), value]);
  if (collection.kind === 'set') return collection.items.map(item => [item, item]);
  if ('items' in collection) return collection.items.map((item, index) => [numberValue(numberFrom(index)), item]);
  throw expression.source.fail(
    expression.start,
    `"for" goes through lists, sets, maps and objects; this is ${describeType(collection)}.`,
  );
}

interface LoopHead {
  keyName: string | undefined;
  valueName: string;
}

function loopScope(head: LoopHead, key: Value, value: Value, parent: Scope): Scope {
  const variables = new Map<string, Value>([[head.valueName, value]]);
  if (head.keyName !== undefined) variables.set(head.keyName, key);
  return { variables, functions: parent.functions, parent };
}

function isKept(condition: Expression | undefined, scope: Scope): boolean {
  if (!condition) return true;
  const kept = placed(condition, condition, () => convert(evaluate(condition, scope), BOOL));
  if (kept.kind === 'bool') return kept.value;
  throw condition.source.fail(
    condition.start,
    kept.kind === 'null' ? 'The condition is null.' : 'This condition is not known before the build.',
  );
}

function evaluateFor(expression: ExpressionOf<'for'>, scope: Scope): Value {
  const collection = evaluate(expression.collection, scope);
  if (collection.kind === 'unknown') return { kind: 'unknown', type: ANY };
  const scopes = elementsOf(collection, expression.collection)
    .map(([key, value]) => loopScope(expression, key, value, scope))
    .filter(inner => isKept(expression.condition, inner));
  const { key } = expression;
  if (!key) return tupleValue(scopes.map(inner => evaluate(expression.value, inner)));
  return forObject(
    expression,
    scopes.map(inner => [keyText(key, evaluate(key, inner)), evaluate(expression.value, inner)]),
  );
}

function forObject(expression: ExpressionOf<'for'>, pairs: [string, Value][]): Value {
  const grouped = new Map<string, Value[]>();
  for (const [key, value] of pairs) grouped.set(key, [...(grouped.get(key) ?? []), value]);
  if (expression.isGrouping) return objectValue([...grouped].map(([key, values]) => [key, tupleValue(values)]));
  const double = [...grouped].find(([, values]) => values.length > 1);
  if (double) {
    throw expression.source.fail(
      expression.start,
      `Two elements have the key "${double[0]}".`,
      'Write "..." after the value to collect them in a list.',
    );
  }
  return objectValue(pairs);
}

/** The text of a template; unknown as soon as a part is. */
function joinParts(expression: Expression, parts: TemplatePart[], scope: Scope): Value {
  const texts: string[] = [];
  for (const part of parts) {
    const text = partText(expression, part, scope);
    if (text === undefined) return { kind: 'unknown', type: STRING };
    texts.push(text);
  }
  return textValue(texts.join(''));
}

function partText(expression: Expression, part: TemplatePart, scope: Scope): string | undefined {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'value') return insertedText(part.value, scope);
  if (part.kind === 'if') {
    const parts = isKept(part.condition, scope) ? part.whenTrue : part.whenFalse;
    return textOf(joinParts(expression, parts, scope));
  }
  const collection = evaluate(part.collection, scope);
  if (collection.kind === 'unknown') return undefined;
  const rounds = elementsOf(collection, part.collection).map(([key, value]) =>
    textOf(joinParts(expression, part.parts, loopScope(part, key, value, scope))),
  );
  return rounds.includes(undefined) ? undefined : rounds.join('');
}

const textOf = (value: Value): string | undefined => (value.kind === 'string' ? value.value : undefined);

function insertedText(inserted: Expression, scope: Scope): string | undefined {
  const value = evaluate(inserted, scope);
  if (value.kind === 'null')
    throw inserted.source.fail(
      inserted.start,
      'This value is null, which cannot be put into a text.',
      'Give it a value, with -var where it is a variable, or write a condition: x == null ? "" : x.',
    );
  if ('items' in value || 'entries' in value) {
    const hint = 'items' in value ? 'join(" ", ...) makes a text of a list.' : 'jsonencode(...) makes a text of it.';
    throw inserted.source.fail(
      inserted.start,
      `This value is ${describeType(value)}, which cannot be put into a text.`,
      hint,
    );
  }
  return textOf(placed(inserted, inserted, () => convert(value, STRING)));
}
