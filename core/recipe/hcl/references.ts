import type { Body, Expression, TemplatePart } from './ast.ts';

/** A use of `root`, `root.name`, `root.name["key"]` and so on, as far as the steps are written out. */
export interface Reference {
  root: string;
  path: string[];
  expression: Expression;
}

/** All uses of names in an expression; names that a `for` makes are its own. */
export function referencesIn(expression: Expression): Reference[] {
  const found: Reference[] = [];
  visit(expression, new Set(), found);
  return found;
}

/** All uses of names in the attributes of a body and of its blocks. */
export function referencesInBody(body: Body): Reference[] {
  const own = [...body.attributes.values()].flatMap(attribute => referencesIn(attribute.value));
  return [...own, ...body.blocks.flatMap(block => referencesInBody(block.body))];
}

function visit(expression: Expression, bound: ReadonlySet<string>, found: Reference[]): void {
  const chain = chainOf(expression);
  if (chain) {
    const [root = '', ...path] = chain;
    if (!bound.has(root)) found.push({ root, path, expression });
    return;
  }
  if (expression.kind === 'for') {
    visit(expression.collection, bound, found);
    const inner = withNames(bound, expression.keyName, expression.valueName);
    for (const part of [expression.key, expression.value, expression.condition]) if (part) visit(part, inner, found);
    return;
  }
  for (const child of childrenOf(expression)) visit(child, bound, found);
  if (expression.kind === 'template') visitParts(expression.parts, bound, found);
}

/** `["a", "b", "c"]` of `a.b["c"]`. */
function chainOf(expression: Expression): string[] | undefined {
  if (expression.kind === 'variable') return [expression.name];
  if (expression.kind === 'attribute') return extended(chainOf(expression.object), expression.name);
  if (expression.kind !== 'index' || expression.key.kind !== 'literal') return undefined;
  const { value } = expression.key;
  const below = chainOf(expression.collection);
  return value.kind === 'string' ? extended(below, value.value) : below;
}

const extended = (chain: string[] | undefined, name: string): string[] | undefined => chain && [...chain, name];

const withNames = (bound: ReadonlySet<string>, ...names: (string | undefined)[]): ReadonlySet<string> =>
  new Set([...bound, ...names.filter(name => name !== undefined)]);

function visitParts(parts: TemplatePart[], bound: ReadonlySet<string>, found: Reference[]): void {
  for (const part of parts) {
    if (part.kind === 'value') visit(part.value, bound, found);
    if (part.kind === 'if') {
      visit(part.condition, bound, found);
      visitParts([...part.whenTrue, ...part.whenFalse], bound, found);
    }
    if (part.kind === 'for') {
      visit(part.collection, bound, found);
      visitParts(part.parts, withNames(bound, part.keyName, part.valueName), found);
    }
  }
}

function childrenOf(expression: Expression): Expression[] {
  switch (expression.kind) {
    case 'wrapped':
    case 'parentheses':
      return [expression.inner];
    case 'attribute':
      return [expression.object];
    case 'index':
      return [expression.collection, expression.key];
    case 'splat':
      return [expression.collection, ...expression.steps.flatMap(step => (step.kind === 'index' ? [step.key] : []))];
    case 'call':
      return expression.arguments;
    case 'conditional':
      return [expression.condition, expression.whenTrue, expression.whenFalse];
    case 'binary':
      return [expression.left, expression.right];
    case 'unary':
      return [expression.operand];
    case 'tuple':
      return expression.items;
    case 'object':
      return expression.items.flatMap(({ key, value }) => [key, value]);
    default:
      return [];
  }
}
