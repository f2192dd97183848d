import { GoldsmithError } from '../../model/failure.ts';
import type { RecipeVariable } from '../../model/recipe.ts';
import type { Attribute, Block, Body, Expression } from '../hcl/ast.ts';
import { convert, describeType, toPlain } from '../hcl/convert.ts';
import { evaluate, type Scope } from '../hcl/evaluate.ts';
import { environmentFunction } from '../hcl/functions/table.ts';
import { parseExpressionText } from '../hcl/parse-body.ts';
import { placed } from '../hcl/placed.ts';
import { referencesIn } from '../hcl/references.ts';
import { applyDefaults, type Defaults, parseType } from '../hcl/type-constraint.ts';
import {
  ANY,
  BOOL,
  isWhollyKnown,
  objectValue,
  type Type,
  textsIn,
  textValue,
  typeOf,
  typeText,
  type Value,
} from '../hcl/value.ts';
import { nameHint } from '../nearest.ts';
import { SourceText } from '../source-text.ts';
import { offered } from './choices.ts';
import type { Reading } from './reading.ts';
import { checkBody } from './structure.ts';

/** An input variable while its value is found. */
interface Variable {
  name: string;
  type: Type;
  defaults: Defaults;
  description: string | undefined;
  isSensitive: boolean;
  hasDefault: boolean;
  value: Value | undefined;
  /** Where its value stands: the default, or the file that sets it. */
  expression: Expression | undefined;
  validations: Validation[];
  source: SourceText;
  start: number;
}

interface Validation {
  condition: Expression;
  message: string;
}

export type Variables = Map<string, Variable>;

const NO_DEFAULTS: Defaults = { attributes: new Map(), children: new Map() };
const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u;

/** Collects `variable` and `variables` blocks. @throws GoldsmithError `bad-recipe` */
export function declareVariables(bodies: Body[], reading: Reading): Variables {
  const scope: Scope = { variables: new Map(), functions: environmentFunction(reading.env) };
  const variables: Variables = new Map();
  for (const block of bodies.flatMap(body => body.blocks)) {
    if (block.type === 'variable') add(variables, fromBlock(block, scope));
    if (block.type !== 'variables') continue;
    for (const attribute of block.body.attributes.values()) add(variables, fromAttribute(attribute, scope));
  }
  return variables;
}

function add(variables: Variables, variable: Variable): void {
  const { name, source, start } = variable;
  if (!IDENTIFIER.test(name))
    throw source.fail(
      start,
      `"${name}" is no name for a variable.`,
      'A name has letters, digits, "_" and "-", and begins with a letter or "_".',
    );
  if (variables.has(name)) throw source.fail(start, `The variable "${name}" is declared twice.`);
  variables.set(name, variable);
}

/** Short form: `variables { name = default }`. */
function fromAttribute(attribute: Attribute, scope: Scope): Variable {
  const expression = attribute.value;
  const value = evaluate(expression, scope);
  return {
    name: attribute.name,
    type: typeOf(value),
    defaults: NO_DEFAULTS,
    description: undefined,
    isSensitive: false,
    hasDefault: true,
    value,
    expression,
    validations: [],
    source: expression.source,
    start: attribute.nameSpan.start,
  };
}

function fromBlock(block: Block, scope: Scope): Variable {
  checkBody(block.body, 'variable', ['description', 'default', 'type', 'sensitive'], ['validation']);
  const attribute = (name: string): Expression | undefined => block.body.attributes.get(name)?.value;
  const typeExpression = attribute('type');
  const declared = typeExpression ? parseType(typeExpression) : { type: ANY, defaults: NO_DEFAULTS };
  const variable: Variable = {
    name: block.labels[0]?.text ?? '',
    ...declared,
    description: textOf(attribute('description'), scope),
    isSensitive: flagOf(attribute('sensitive'), scope),
    hasDefault: attribute('default') !== undefined,
    value: undefined,
    expression: undefined,
    validations: validationsOf(block, scope),
    source: block.source,
    start: block.labels[0]?.span.start ?? block.typeSpan.start,
  };
  setDefault(variable, attribute('default'), scope);
  return variable;
}

/** Without a type, the default's type is the variable's. */
function setDefault(variable: Variable, expression: Expression | undefined, scope: Scope): void {
  if (!expression) return;
  assign(variable, evaluate(expression, scope), expression);
  const isEmpty = variable.value !== undefined && 'items' in variable.value && variable.value.items.length === 0;
  const isEmptyObject = variable.value?.kind === 'object' && variable.value.entries.size === 0;
  if (variable.type.kind === 'any' && variable.value && !isEmpty && !isEmptyObject)
    variable.type = typeOf(variable.value);
}

function assign(variable: Variable, value: Value, expression: Expression): void {
  const scope: Scope = { variables: new Map(), functions: new Map() };
  const filled = applyDefaults(value, variable.defaults, fallback => evaluate(fallback, scope));
  variable.value = placed(expression, expression, () => wanted(variable, filled));
  variable.expression = expression;
}

function wanted(variable: Variable, value: Value): Value {
  try {
    return convert(value, variable.type);
  } catch (error) {
    if (!(error instanceof GoldsmithError)) throw error;
    const message = `The variable "${variable.name}" is ${typeText(variable.type)}, and this value is ${describeType(value)}: ${error.message}`;
    throw new GoldsmithError('bad-recipe', message);
  }
}

function textOf(expression: Expression | undefined, scope: Scope): string | undefined {
  const value = expression && evaluate(expression, scope);
  return value?.kind === 'string' ? value.value : undefined;
}

function flagOf(expression: Expression | undefined, scope: Scope): boolean {
  if (!expression) return false;
  const value = placed(expression, expression, () => convert(evaluate(expression, scope), BOOL));
  return value.kind === 'bool' && value.value;
}

function validationsOf(block: Block, scope: Scope): Validation[] {
  return block.body.blocks
    .filter(inner => inner.type === 'validation')
    .map(inner => {
      checkBody(inner.body, 'validation', ['condition', 'error_message'], []);
      const condition = inner.body.attributes.get('condition')?.value;
      const message = textOf(inner.body.attributes.get('error_message')?.value, scope);
      if (!condition || !message)
        throw inner.source.fail(inner.typeSpan.start, 'A validation has a "condition" and an "error_message".');
      checkCondition(condition, block.labels[0]?.text ?? '');
      return { condition, message };
    });
}

function checkCondition(condition: Expression, name: string): void {
  const references = referencesIn(condition);
  const stranger = references.find(reference => reference.root !== 'var' || reference.path[0] !== name);
  if (stranger)
    throw stranger.expression.source.fail(
      stranger.expression.start,
      `The condition can only ask for var.${name} itself.`,
    );
  if (references.length === 0)
    throw condition.source.fail(condition.start, `The condition does not ask for var.${name}.`);
}

/** Values from outside, the later the stronger: environment, files, command line. @throws GoldsmithError `bad-recipe` */
export function assignVariables(
  variables: Variables,
  files: Body[],
  given: Record<string, string>,
  reading: Reading,
): void {
  for (const [name, variable] of variables) {
    const text = reading.env[`PKR_VAR_${name}`];
    if (text !== undefined) assignText(variable, text, `the environment variable PKR_VAR_${name}`);
  }
  for (const body of files) assignFile(variables, body, reading);
  for (const [name, text] of Object.entries(given)) {
    const variable = variables.get(name);
    if (!variable) throw unknownVariable(name, variables);
    assignText(variable, text, `the value given for "${name}"`);
  }
}

function unknownVariable(name: string, variables: Variables): GoldsmithError {
  const message = `The template declares no variable "${name}", but a value is given for it.`;
  return new GoldsmithError('bad-recipe', message, { hint: nameHint(name, variables.keys(), 'variables') });
}

/** Texts and numbers are taken as they are, anything else is an expression: as with `-var`. */
function assignText(variable: Variable, text: string, from: string): void {
  const source = new SourceText(`<${from}>`, text);
  const isPlain = variable.type.kind === 'string' || variable.type.kind === 'number' || variable.type.kind === 'any';
  const expression: Expression = isPlain
    ? { kind: 'literal', value: textValue(text), start: 0, end: text.length, source }
    : parseExpressionText(source);
  assign(variable, evaluate(expression, { variables: new Map(), functions: new Map() }), expression);
}

function assignFile(variables: Variables, body: Body, reading: Reading): void {
  const [block] = body.blocks;
  if (block)
    throw block.source.fail(
      block.typeSpan.start,
      'A file with values of variables has no blocks.',
      'Declare variables in a .pkr.hcl file.',
    );
  for (const attribute of body.attributes.values()) {
    const variable = variables.get(attribute.name);
    if (variable)
      assign(variable, evaluate(attribute.value, { variables: new Map(), functions: new Map() }), attribute.value);
    else tellUnused(attribute, variables, reading);
  }
}

function tellUnused(attribute: Attribute, variables: Variables, reading: Reading): void {
  reading.problems.push({
    code: 'bad-recipe',
    severity: 'warning',
    message: `The variable "${attribute.name}" is set, but the template does not declare it.`,
    hint: nameHint(attribute.name, variables.keys(), 'variables'),
    place: attribute.value.source.place(attribute.nameSpan.start),
  });
}

/** All variables have a value, and every validation holds. @throws GoldsmithError `bad-recipe` */
export function checkVariables(variables: Variables, reading: Reading): void {
  const [missing, ...others] = [...variables.values()].filter(({ value }) => !value);
  if (missing) {
    const { name, source, start } = missing;
    const hint = `Give it with -var ${name}=..., in a file of variables, or as PKR_VAR_${name}.`;
    throw source.fail(start, `The variable "${name}" has no value.`, `${hint}${alsoMissing(others)}`);
  }
  for (const variable of variables.values()) {
    const { value } = variable;
    if (value) for (const validation of variable.validations) validate(variable, value, validation, reading);
  }
}

/** So that nobody has to find them one by one. */
export const alsoMissing = (others: readonly { name: string }[]): string =>
  others.length === 0 ? '' : ` These have no value either: ${others.map(({ name }) => name).join(', ')}.`;

function validate(variable: Variable, value: Value, validation: Validation, reading: Reading): void {
  const scope: Scope = {
    variables: new Map([['var', objectValue([[variable.name, value]])]]),
    functions: reading.functions,
  };
  const { condition } = validation;
  const result = placed(condition, condition, () => convert(evaluate(condition, scope), BOOL));
  if (result.kind === 'bool' && result.value) return;
  const shown = variable.expression ?? condition;
  const rule = condition.source.place(condition.start);
  throw shown.source.fail(
    shown.start,
    `The variable "${variable.name}" has a wrong value: ${validation.message}`,
    `The rule stands at ${rule.file}:${rule.line}.`,
  );
}

export const variablesValue = (variables: Variables): Value =>
  objectValue([...variables.values()].map(({ name, value, type }) => [name, value ?? { kind: 'unknown', type }]));

export const recipeVariables = (variables: Variables): RecipeVariable[] =>
  [...variables.values()].map(variable => ({
    name: variable.name,
    type: typeText(variable.type),
    ...(variable.description === undefined ? {} : { description: variable.description }),
    hasDefault: variable.hasDefault,
    value: variable.value && isWhollyKnown(variable.value) ? toPlain(variable.value) : undefined,
    sensitive: variable.isSensitive,
    ...(variable.isSensitive ? {} : offered(variable)),
  }));

export const secretsOfVariables = (variables: Variables): string[] =>
  [...variables.values()]
    .filter(variable => variable.isSensitive)
    .flatMap(variable => (variable.value ? textsIn(variable.value) : []));
