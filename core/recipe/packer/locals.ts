import type { Attribute, Body, Expression } from '../hcl/ast.ts';
import { convert } from '../hcl/convert.ts';
import { evaluate, placed, type Scope } from '../hcl/evaluate.ts';
import { type Reference, referencesIn } from '../hcl/references.ts';
import { BOOL, objectValue, type Value } from '../hcl/value.ts';
import { nameHint } from '../nearest.ts';
import { checkBody } from './structure.ts';
import { textsIn } from './variables.ts';

interface Local {
  name: string;
  expression: Expression;
  isSensitive: boolean;
}

/** The values of all locals, and the texts of the sensitive ones. */
export interface Locals {
  value: Value;
  secrets: string[];
}

/** Evaluates `locals` and `local` blocks, each after those it needs. @throws GoldsmithError `bad-recipe` */
export function evaluateLocals(bodies: Body[], scope: Scope): Locals {
  const locals = declareLocals(bodies, scope);
  const values = new Map<string, Value>();
  for (const local of locals.values()) evaluateLocal(local, locals, values, [], scope);
  const sensitive = [...locals.values()].filter(local => local.isSensitive);
  return {
    value: objectValue(values),
    secrets: sensitive.flatMap(local => textsIn(values.get(local.name) ?? objectValue([]))),
  };
}

function declareLocals(bodies: Body[], scope: Scope): Map<string, Local> {
  const locals = new Map<string, Local>();
  for (const block of bodies.flatMap(body => body.blocks)) {
    if (block.type === 'locals') {
      checkBody(block.body, 'locals', [...block.body.attributes.keys()], []);
      for (const attribute of block.body.attributes.values()) add(locals, attribute.name, attribute, false);
    }
    if (block.type !== 'local') continue;
    checkBody(block.body, 'local', ['expression', 'sensitive'], []);
    const expression = block.body.attributes.get('expression');
    if (!expression) throw block.source.fail(block.typeSpan.start, 'A block "local" has an "expression".');
    add(locals, block.labels[0]?.text ?? '', expression, isSensitive(block.body.attributes.get('sensitive'), scope));
  }
  return locals;
}

function isSensitive(attribute: Attribute | undefined, scope: Scope): boolean {
  if (!attribute) return false;
  const value = placed(attribute.value, attribute.value, () => convert(evaluate(attribute.value, scope), BOOL));
  return value.kind === 'bool' && value.value;
}

function add(locals: Map<string, Local>, name: string, attribute: Attribute, isSecret: boolean): void {
  const expression = attribute.value;
  if (locals.has(name)) throw expression.source.fail(attribute.nameSpan.start, `The local "${name}" is defined twice.`);
  locals.set(name, { name, expression, isSensitive: isSecret });
}

const LONGEST_CHAIN = 500;

function evaluateLocal(
  local: Local,
  locals: Map<string, Local>,
  values: Map<string, Value>,
  chain: string[],
  scope: Scope,
): void {
  if (values.has(local.name)) return;
  const way = [...chain, local.name];
  for (const reference of referencesIn(local.expression)) {
    if (reference.root !== 'local' || reference.name === undefined) continue;
    const needed = locals.get(reference.name);
    if (!needed) throw unknownLocal(reference, locals);
    if (way.includes(needed.name) || way.length > LONGEST_CHAIN) throw cycle(reference, [...way, needed.name]);
    evaluateLocal(needed, locals, values, way, scope);
  }
  const inner: Scope = { ...scope, variables: new Map([...scope.variables, ['local', objectValue(values)]]) };
  values.set(local.name, evaluate(local.expression, inner));
}

function unknownLocal({ expression, name = '' }: Reference, locals: Map<string, Local>): Error {
  return expression.source.fail(
    expression.start,
    `There is no local value "${name}".`,
    nameHint(name, locals.keys(), 'locals'),
  );
}

function cycle({ expression }: Reference, way: string[]): Error {
  const from = way.indexOf(way.at(-1) ?? '');
  return expression.source.fail(expression.start, `These locals need one another: ${way.slice(from).join(' -> ')}.`);
}
