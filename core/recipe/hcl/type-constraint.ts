import { nameHint } from '../nearest.ts';
import type { Expression, ExpressionOf } from './ast.ts';
import { ANY, BOOL, NUMBER, STRING, type Type } from './value.ts';

/** A type as written, with the expressions of the defaults of its optional attributes. */
export interface TypeConstraint {
  type: Type;
}

const SIMPLE: Record<string, Type> = { string: STRING, number: NUMBER, bool: BOOL, any: ANY };
const BARE_COLLECTIONS = new Set(['list', 'set', 'map']);
const KNOWN = ['string', 'number', 'bool', 'any', 'list', 'set', 'map', 'object', 'tuple'];

/** Reads a type such as `list(object({name = string}))`. @throws GoldsmithError `bad-recipe`. */
export function parseType(expression: Expression): TypeConstraint {
  return { type: readType(expression) };
}

function readType(expression: Expression): Type {
  if (expression.kind === 'variable') return namedType(expression.name, expression);
  if (expression.kind === 'literal' && expression.value.kind === 'string')
    return namedType(expression.value.value, expression);
  if (expression.kind === 'call') return constructedType(expression);
  if (expression.kind === 'wrapped' || expression.kind === 'parentheses') return readType(expression.inner);
  throw expression.source.fail(
    expression.start,
    'This is no type.',
    'Types are such as string, number, bool, list(string), map(string).',
  );
}

/** The old quoted spellings "string", "list", "map" are accepted, too. */
function namedType(name: string, expression: Expression): Type {
  const simple = SIMPLE[name];
  if (simple) return simple;
  if (BARE_COLLECTIONS.has(name)) return { kind: name as 'list' | 'set' | 'map', element: ANY };
  throw expression.source.fail(expression.start, `There is no type "${name}".`, nameHint(name, KNOWN, 'types'));
}

function constructedType(call: ExpressionOf<'call'>): Type {
  const [argument, ...more] = call.arguments;
  if (!argument || more.length > 0)
    throw call.source.fail(call.start, `The type ${call.name}(...) takes one argument.`);
  if (BARE_COLLECTIONS.has(call.name))
    return { kind: call.name as 'list' | 'set' | 'map', element: readType(argument) };
  if (call.name === 'tuple' && argument.kind === 'tuple')
    return { kind: 'tuple', elements: argument.items.map(readType) };
  if (call.name === 'object' && argument.kind === 'object') return objectType(argument);
  throw call.source.fail(
    call.start,
    `There is no type "${call.name}(...)" of this kind.`,
    nameHint(call.name, KNOWN, 'types'),
  );
}

function objectType(expression: ExpressionOf<'object'>): Type {
  const attributes = new Map<string, Type>();
  const optional = new Set<string>();
  for (const { key, value } of expression.items) {
    if (key.kind !== 'literal' || key.value.kind !== 'string')
      throw key.source.fail(key.start, 'The name of an attribute is expected here.');
    const name = key.value.value;
    const isOptional = value.kind === 'call' && value.name === 'optional';
    if (isOptional) optional.add(name);
    attributes.set(name, isOptional && value.arguments[0] ? readType(value.arguments[0]) : readType(value));
  }
  return optional.size > 0 ? { kind: 'object', attributes, optional } : { kind: 'object', attributes };
}
