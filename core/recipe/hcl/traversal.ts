import { nameHint } from '../nearest.ts';
import type { Span } from '../source-text.ts';
import type { Expression } from './ast.ts';
import { convert, describeType } from './convert.ts';
import { isWhole, toDouble } from './numbers.ts';
import { placed } from './placed.ts';
import { ANY, STRING, type Value } from './value.ts';

const ROOT_NAMES: Record<string, string> = {
  var: 'variable',
  local: 'local value',
  source: 'value of the source',
  build: 'value of the build',
  data: 'data source',
  path: 'path',
};

/** `object.name`; `from` is the expression of the object, when there is one. @throws GoldsmithError `bad-recipe` at the name. */
export function attributeOf(object: Value, name: string, expression: Expression, span: Span, from?: Expression): Value {
  if (object.kind === 'unknown') return { kind: 'unknown', type: ANY };
  if ('entries' in object) {
    const value = object.entries.get(name);
    if (value) return value;
    const what = (from?.kind === 'variable' && ROOT_NAMES[from.name]) || (object.kind === 'map' ? 'key' : 'attribute');
    throw expression.source.fail(
      span.start,
      `There is no ${what} "${name}".`,
      nameHint(name, object.entries.keys(), `${what}s`),
    );
  }
  if (object.kind === 'null')
    throw expression.source.fail(span.start, `This value is null, so it has no attribute "${name}".`);
  throw expression.source.fail(span.start, `This value is ${describeType(object)}, so it has no attribute "${name}".`);
}

/** `collection[key]`. @throws GoldsmithError `bad-recipe` at the key. */
export function indexOf(collection: Value, key: Value, expression: Expression, span: Span): Value {
  if (collection.kind === 'unknown' || key.kind === 'unknown') return { kind: 'unknown', type: ANY };
  if (collection.kind === 'null')
    throw expression.source.fail(span.start, 'This value is null, so it has no elements.');
  if ('entries' in collection) {
    const name = placed(expression, span, () => convert(key, STRING));
    if (name.kind !== 'string') throw expression.source.fail(span.start, 'The key is null.');
    return attributeOf(collection, name.value, expression, span);
  }
  if ('items' in collection && collection.kind !== 'set') return elementAt(collection.items, key, expression, span);
  throw expression.source.fail(span.start, `This value is ${describeType(collection)}, so it cannot be indexed.`);
}

function elementAt(items: Value[], key: Value, expression: Expression, span: Span): Value {
  const number = placed(expression, span, () => convert(key, { kind: 'number' }));
  const index = number.kind === 'number' && isWhole(number.value) ? toDouble(number.value) : Number.NaN;
  const item = items[index];
  if (item) return item;
  const has =
    items.length === 0 ? 'is empty' : `has ${items.length} element${items.length === 1 ? '' : 's'}, counted from 0`;
  throw expression.source.fail(span.start, `There is no such element: the list ${has}.`);
}
