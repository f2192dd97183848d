import { GoldsmithError } from '../../model/failure.ts';
import type { Body, Expression } from '../hcl/ast.ts';
import { hasPlaceholder, shownPlaceholders } from '../hcl/build-values.ts';
import { convert, toPlain } from '../hcl/convert.ts';
import { blocksOf } from '../hcl/dynamic-blocks.ts';
import { evaluate, type Scope } from '../hcl/evaluate.ts';
import { placed } from '../hcl/placed.ts';
import { ANY, BOOL, isWhollyKnown, NUMBER, STRING, type Type, type Value } from '../hcl/value.ts';
import { mapTexts } from '../options/decode.ts';
import type { OptionTypes, RawBlock, RawOption } from '../options/schema.ts';

const LIST_OF_STRING: Type = { kind: 'list', element: STRING };

/** The types that Packer's plugins declare for their options. */
const HCL_TYPES: Record<keyof OptionTypes, Type> = {
  text: STRING,
  count: NUMBER,
  flag: BOOL,
  texts: LIST_OF_STRING,
  counts: { kind: 'list', element: NUMBER },
  'text-map': { kind: 'map', element: STRING },
  duration: STRING,
  rows: { kind: 'list', element: LIST_OF_STRING },
  data: ANY,
};

/** The attributes and blocks of HCL2 as options; later bodies add to earlier ones. @throws GoldsmithError `bad-recipe` */
export function hclBlock(what: string, body: Body, start: number, scope: Scope): RawBlock {
  const options = new Map<string, RawOption>();
  for (const attribute of body.attributes.values()) {
    options.set(attribute.name, attributeOption(attribute.name, attribute.nameSpan.start, attribute.value, scope));
  }
  for (const [name, option] of blockOptions(body, scope)) options.set(name, option);
  return { what, place: () => body.source.place(start), options };
}

function attributeOption(name: string, nameStart: number, expression: Expression, scope: Scope): RawOption {
  return {
    name,
    read: kind => readAttribute(name, expression, scope, HCL_TYPES[kind]),
    namePlace: () => expression.source.place(nameStart),
    place: () => expression.source.place(expression.start),
  };
}

function readAttribute(name: string, expression: Expression, scope: Scope, type: Type): unknown {
  const value = evaluate(expression, scope);
  const converted = placed(expression, expression, () => convertNamed(name, () => convert(value, type)));
  if (isWhollyKnown(converted)) return withPlaceholders(converted);
  throw expression.source.fail(
    expression.start,
    `The value of "${name}" is not known while the template is read.`,
    unknownHint(scope),
    'unsupported',
  );
}

/** Which data sources of the template nobody asked. */
function unknownHint(scope: Scope): string {
  if (scope.parent) return unknownHint(scope.parent);
  const unknown = entriesOf(scope.variables.get('data')).flatMap(([type, named]) =>
    entriesOf(named).flatMap(([name, value]) => (value.kind === 'unknown' ? [`data.${type}.${name}`] : [])),
  );
  return unknown.length > 0
    ? `Goldsmith cannot ask ${unknown.join(', ')}, which a plugin of Packer does: make it a variable and give its value.`
    : 'It comes from the build.';
}

const entriesOf = (value: Value | undefined): [string, Value][] =>
  value && 'entries' in value ? [...value.entries] : [];

/** Plain data, in which values of the build are written `{{ .Name }}`. */
function withPlaceholders(value: Value): unknown {
  const plain = toPlain(value);
  return hasPlaceholder(value) ? mapTexts(plain, shownPlaceholders) : plain;
}

function convertNamed<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GoldsmithError) || error.details.place) throw error;
    throw new GoldsmithError('bad-recipe', `"${name}": ${error.message}`, { hint: error.hint });
  }
}

/** Blocks inside a source or provisioner: objects, or a list of them when there are several of one type. */
function blockOptions(body: Body, scope: Scope): Map<string, RawOption> {
  const groups = new Map<string, ReturnType<typeof blocksOf>>();
  for (const scoped of blocksOf(body, scope))
    groups.set(scoped.block.type, [...(groups.get(scoped.block.type) ?? []), scoped]);
  return new Map(
    [...groups].map(([name, scoped]) => {
      const start = scoped[0]?.block.typeSpan.start ?? 0;
      const place = () => body.source.place(start);
      return [name, { name, namePlace: place, place, read: kind => readBlocks(name, scoped, kind, body, start) }];
    }),
  );
}

function readBlocks(
  name: string,
  scoped: ReturnType<typeof blocksOf>,
  kind: keyof OptionTypes,
  body: Body,
  start: number,
): unknown {
  if (kind !== 'data') {
    throw body.source.fail(
      start,
      `"${name}" is no block here.`,
      kind === 'text-map' ? `Write ${name} = { ... }.` : `Write ${name} = ...`,
    );
  }
  const objects = scoped.map(({ block, scope }) =>
    Object.fromEntries(
      [...block.body.attributes.values()].map(({ name: key, value }) => [key, readAttribute(key, value, scope, ANY)]),
    ),
  );
  return objects.length === 1 ? objects[0] : objects;
}
