import { GoldsmithError } from '../../model/failure.ts';
import type { RecipeVariable } from '../../model/recipe.ts';
import { engineFunctions } from '../go-template/packer-functions.ts';
import { renderGoTemplate } from '../go-template/render.ts';
import { nameHint } from '../nearest.ts';
import type { Reading } from '../packer/reading.ts';
import { alsoMissing } from '../packer/variables.ts';
import type { SourceText } from '../source-text.ts';
import { objectMembers } from './json-block.ts';
import { type JsonNode, plainJson } from './reader.ts';

interface Definition {
  name: string;
  /** As written; undefined when it must be given. */
  text: string | undefined;
  source: SourceText | undefined;
  start: number;
  hasDefault: boolean;
  isDeclared: boolean;
}

/** The user variables of a legacy template. */
export interface UserVariables {
  /** Undefined when there is no such variable. */
  value(name: string): string | undefined;
  names: string[];
  describe(sensitive: ReadonlySet<string>): RecipeVariable[];
}

/**
 * The `variables` of a legacy template with the values given from outside; they may use `env` and one another.
 * @throws GoldsmithError `bad-recipe`
 */
export function userVariables(
  node: JsonNode | undefined,
  source: SourceText,
  given: Record<string, string>,
  reading: Reading,
): UserVariables {
  const definitions = declare(node, source);
  for (const [name, text] of Object.entries(given)) {
    const declared = definitions.get(name);
    if (declared) declared.text = text;
    else definitions.set(name, { name, text, source: undefined, start: 0, hasDefault: false, isDeclared: false });
  }
  const values = new Map<string, string>();
  for (const name of definitions.keys()) settle(name, definitions, values, [], reading);
  return {
    value: name => values.get(name),
    names: [...definitions.keys()],
    describe: sensitive =>
      [...definitions.values()].filter(({ isDeclared }) => isDeclared).map(one => described(one, values, sensitive)),
  };
}

/** The same before they have to have values; texts stand as they are written. @throws GoldsmithError `bad-recipe` */
export function declaredVariables(
  node: JsonNode | undefined,
  source: SourceText,
  given: Record<string, string>,
  sensitive: ReadonlySet<string>,
): RecipeVariable[] {
  const definitions = [...declare(node, source).values()];
  const texts = definitions.flatMap(({ name, text }) => {
    const value = given[name] ?? text;
    return value === undefined ? [] : [[name, value] as const];
  });
  return definitions.map(one => described(one, new Map(texts), sensitive));
}

const described = (
  { name, hasDefault }: Definition,
  values: Map<string, string>,
  sensitive: ReadonlySet<string>,
): RecipeVariable => ({
  name,
  type: 'string',
  hasDefault,
  value: values.get(name),
  sensitive: sensitive.has(name),
});

function declare(node: JsonNode | undefined, source: SourceText): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  for (const { key, value } of node ? objectMembers(node, source, '"variables"') : []) {
    const text = defaultText(key, value, source);
    definitions.set(key, {
      name: key,
      text,
      source,
      start: value.start,
      hasDefault: text !== undefined,
      isDeclared: true,
    });
  }
  return definitions;
}

function defaultText(name: string, value: JsonNode, source: SourceText): string | undefined {
  if (value.kind === 'null') return undefined;
  if (value.kind === 'object' || value.kind === 'array') {
    throw source.fail(
      value.start,
      `The variable "${name}" is a text.`,
      'Lists and objects are possible in HCL2 templates.',
    );
  }
  return String(value.kind === 'number' ? value.text : plainJson(value));
}

function settle(
  name: string,
  definitions: Map<string, Definition>,
  values: Map<string, string>,
  chain: string[],
  reading: Reading,
): string {
  const done = values.get(name);
  if (done !== undefined) return done;
  const definition = definitions.get(name);
  if (!definition) throw unknown(name, definitions);
  if (chain.includes(name))
    throw fail(
      definition,
      `These variables need one another: ${[...chain.slice(chain.indexOf(name)), name].join(' -> ')}.`,
    );
  if (definition.text === undefined) {
    const others = [...definitions.values()].filter(other => other.text === undefined && other !== definition);
    throw fail(
      definition,
      `The variable "${name}" has no value.`,
      `Give it with -var ${name}=... or in a file of variables.${alsoMissing(others)}`,
    );
  }
  const user = (other: string): string => settle(other, definitions, values, [...chain, name], reading);
  const value = located(definition, () => render(definition.text ?? '', user, reading));
  values.set(name, value);
  return value;
}

const unknown = (name: string, definitions: Map<string, Definition>): GoldsmithError =>
  new GoldsmithError('bad-recipe', `There is no variable "${name}".`, {
    hint: nameHint(name, definitions.keys(), 'variables'),
  });

function fail({ source, start }: Definition, message: string, hint?: string): GoldsmithError {
  return source ? source.fail(start, message, hint) : new GoldsmithError('bad-recipe', message, { hint });
}

function render(text: string, user: (name: string) => string, reading: Reading): string {
  const functions = engineFunctions({ ...reading.engine, env: reading.env, user });
  return renderGoTemplate(text, { functions, field: () => undefined });
}

function located<T>(definition: Definition, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GoldsmithError) || error.details.place || !definition.source) throw error;
    throw definition.source.fail(definition.start, error.message, error.hint, error.code);
  }
}
