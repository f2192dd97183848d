import { nameHint } from '../nearest.ts';
import { SourceText } from '../source-text.ts';
import type { Expression, ExpressionOf } from './ast.ts';
import { parseExpressionText } from './parse-body.ts';
import { placed } from './placed.ts';
import { ANY, BOOL, NUMBER, objectValue, STRING, type Type, type Value } from './value.ts';

/** The defaults of `optional(type, default)` at each level of a type. */
export interface Defaults {
  attributes: Map<string, Expression>;
  /** By attribute, by position of a tuple, or `*` for all elements. */
  children: Map<string, Defaults>;
}

/** A type as written, with the defaults of its optional attributes. */
export interface TypeConstraint {
  type: Type;
  defaults: Defaults;
}

const SIMPLE = new Map<string, Type>([
  ['string', STRING],
  ['number', NUMBER],
  ['bool', BOOL],
  ['any', ANY],
]);
const BARE_COLLECTIONS = new Set(['list', 'set', 'map']);
const KNOWN = ['string', 'number', 'bool', 'any', 'list', 'set', 'map', 'object', 'tuple'];

const noDefaults = (): Defaults => ({ attributes: new Map(), children: new Map() });

/** Reads a type such as `list(object({name = string}))`. @throws GoldsmithError `bad-recipe`. */
export function parseType(expression: Expression): TypeConstraint {
  const defaults = noDefaults();
  return { type: readType(expression, defaults), defaults };
}

function readType(expression: Expression, defaults: Defaults): Type {
  if (expression.kind === 'variable') return namedType(expression.name, expression);
  if (expression.kind === 'literal' && expression.value.kind === 'string') {
    return quotedType(expression.value.value, expression, defaults);
  }
  if (expression.kind === 'call') return constructedType(expression, defaults);
  if (expression.kind === 'wrapped' || expression.kind === 'parentheses') return readType(expression.inner, defaults);
  const hint = 'Types are such as string, number, bool, list(string), map(string).';
  throw expression.source.fail(expression.start, 'This is no type.', hint);
}

/** JSON templates, and old ones, write types in quotes: "list(string)". */
function quotedType(text: string, expression: Expression, defaults: Defaults): Type {
  if (!text.includes('(')) return namedType(text, expression);
  const inner = parseExpressionText(new SourceText(expression.source.file, text));
  return placed(expression, expression, () => readType(inner, defaults));
}

/** The old quoted spellings "string", "list", "map" are accepted, too. */
function namedType(name: string, expression: Expression): Type {
  const simple = SIMPLE.get(name);
  if (simple) return simple;
  if (BARE_COLLECTIONS.has(name)) return { kind: name as 'list' | 'set' | 'map', element: ANY };
  throw expression.source.fail(expression.start, `There is no type "${name}".`, nameHint(name, KNOWN, 'types'));
}

function constructedType(call: ExpressionOf<'call'>, defaults: Defaults): Type {
  const [argument, ...more] = call.arguments;
  if (!argument || more.length > 0)
    throw call.source.fail(call.start, `The type ${call.name}(...) takes one argument.`);
  if (BARE_COLLECTIONS.has(call.name)) {
    return { kind: call.name as 'list' | 'set' | 'map', element: readType(argument, child(defaults, '*')) };
  }
  if (call.name === 'tuple' && argument.kind === 'tuple') {
    const elements = argument.items.map((item, index) => readType(item, child(defaults, String(index))));
    return { kind: 'tuple', elements };
  }
  if (call.name === 'object' && argument.kind === 'object') return objectType(argument, defaults);
  const hint = nameHint(call.name, KNOWN, 'types');
  throw call.source.fail(call.start, `There is no type "${call.name}(...)" of this kind.`, hint);
}

function child(defaults: Defaults, key: string): Defaults {
  const made = noDefaults();
  defaults.children.set(key, made);
  return made;
}

function objectType(expression: ExpressionOf<'object'>, defaults: Defaults): Type {
  const attributes = new Map<string, Type>();
  const optional = new Set<string>();
  for (const { key, value } of expression.items) {
    if (key.kind !== 'literal' || key.value.kind !== 'string') {
      throw key.source.fail(key.start, 'The name of an attribute is expected here.');
    }
    const name = key.value.value;
    const [type, fallback] = value.kind === 'call' && value.name === 'optional' ? value.arguments : [value, undefined];
    if (!type) throw value.source.fail(value.start, 'optional(...) takes a type, and a default.');
    if (type !== value) optional.add(name);
    if (fallback) defaults.attributes.set(name, fallback);
    attributes.set(name, readType(type, child(defaults, name)));
  }
  return optional.size > 0 ? { kind: 'object', attributes, optional } : { kind: 'object', attributes };
}

/** Fills in the defaults of missing and null attributes; `evaluate` gives the value of a default. */
export function applyDefaults(value: Value, defaults: Defaults, evaluate: (expression: Expression) => Value): Value {
  if (defaults.attributes.size === 0 && defaults.children.size === 0) return value;
  const below = (key: string, item: Value): Value => {
    const next = defaults.children.get(key) ?? defaults.children.get('*');
    return next ? applyDefaults(item, next, evaluate) : item;
  };
  if ('items' in value) return { ...value, items: value.items.map((item, index) => below(String(index), item)) };
  if (!('entries' in value)) return value;
  const entries = new Map(value.entries);
  for (const [name, expression] of defaults.attributes) {
    if ((entries.get(name)?.kind ?? 'null') === 'null') entries.set(name, evaluate(expression));
  }
  return objectValue([...entries].map(([key, item]) => [key, below(key, item)]));
}
