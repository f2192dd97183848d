import type { Block, Body, Expression } from './ast.ts';
import { convert } from './convert.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { numberFrom } from './numbers.ts';
import { placed } from './placed.ts';
import { numberValue, objectValue, STRING, textValue, type Value } from './value.ts';

/** A block together with the scope its content is evaluated in. */
export interface ScopedBlock {
  block: Block;
  scope: Scope;
}

const PARTS = new Set(['for_each', 'iterator', 'labels']);

/** The blocks of a body, with each `dynamic` block replaced by those it makes. @throws GoldsmithError `bad-recipe` */
export function blocksOf(body: Body, scope: Scope): ScopedBlock[] {
  return body.blocks.flatMap(block => (block.type === 'dynamic' ? expand(block, scope) : [{ block, scope }]));
}

function expand(dynamic: Block, scope: Scope): ScopedBlock[] {
  const [label] = dynamic.labels;
  const contents = dynamic.body.blocks.filter(block => block.type === 'content');
  const [content] = contents;
  const forEach = dynamic.body.attributes.get('for_each')?.value;
  if (!label || !content || contents.length > 1 || !forEach) {
    throw dynamic.source.fail(
      dynamic.typeSpan.start,
      'A dynamic block has a label, "for_each" and one block "content".',
    );
  }
  const stranger = [...dynamic.body.attributes.values()].find(attribute => !PARTS.has(attribute.name));
  if (stranger)
    throw dynamic.source.fail(
      stranger.nameSpan.start,
      `A dynamic block has no attribute "${stranger.name}".`,
      'Put it into "content".',
    );
  const iterator = iteratorName(dynamic) ?? label.text;
  return elements(forEach, evaluate(forEach, scope)).map(([key, value]) => {
    const variables = new Map<string, Value>([
      [
        iterator,
        objectValue([
          ['key', key],
          ['value', value],
        ]),
      ],
    ]);
    const inner: Scope = { variables, functions: scope.functions, parent: scope };
    const block: Block = { ...content, type: label.text, typeSpan: label.span, labels: labelsOf(dynamic, inner) };
    return { block, scope: inner };
  });
}

function iteratorName(dynamic: Block): string | undefined {
  const iterator = dynamic.body.attributes.get('iterator')?.value;
  if (!iterator) return undefined;
  if (iterator.kind === 'variable') return iterator.name;
  throw iterator.source.fail(iterator.start, 'The iterator is a name.');
}

function labelsOf(dynamic: Block, scope: Scope): Block['labels'] {
  const labels = dynamic.body.attributes.get('labels')?.value;
  if (!labels) return [];
  const value = evaluate(labels, scope);
  if (!('items' in value)) throw labels.source.fail(labels.start, 'The labels are a list of texts.');
  return value.items.map(item => ({ text: labelText(labels, item), span: labels }));
}

function labelText(labels: Expression, item: Value): string {
  const text = placed(labels, labels, () => convert(item, STRING));
  if (text.kind === 'string') return text.value;
  throw labels.source.fail(labels.start, 'The labels are a list of texts.');
}

function elements(expression: Expression, collection: Value): [Value, Value][] {
  if ('entries' in collection) return [...collection.entries].map(([key, value]) => [textValue(key), value]);
  if (collection.kind === 'set') return collection.items.map(item => [item, item]);
  if ('items' in collection) return collection.items.map((item, index) => [numberValue(numberFrom(index)), item]);
  throw expression.source.fail(expression.start, '"for_each" goes through a list, a set or a map.');
}
