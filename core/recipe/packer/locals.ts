import type { Attribute, Block, Body, Expression } from '../hcl/ast.ts';
import { convert } from '../hcl/convert.ts';
import { evaluate, type Scope } from '../hcl/evaluate.ts';
import { placed } from '../hcl/placed.ts';
import { type Reference, referencesIn } from '../hcl/references.ts';
import { ANY, BOOL, objectValue, type Value } from '../hcl/value.ts';
import { nameHint } from '../nearest.ts';
import { hostInfo } from './host-info.ts';
import type { Reading } from './reading.ts';
import { checkBody } from './structure.ts';
import { textsIn } from './variables.ts';

/** A local value or a data source: what other locals may need before they can be evaluated. */
interface Node {
  /** `local.name` or `data.type.name`. */
  key: string;
  expression: Expression | undefined;
  isSensitive: boolean;
  /** The value of a node without expression. */
  value: Value | undefined;
}

type Nodes = Map<string, Node>;

/** The values of `local` and `data`, and the texts of the sensitive locals. */
export interface Locals {
  local: Value;
  data: Value;
  secrets: string[];
}

/** Evaluates locals and data sources, each after those it needs. @throws GoldsmithError `bad-recipe` */
export function evaluateLocals(bodies: Body[], scope: Scope, reading: Reading): Locals {
  const nodes: Nodes = new Map();
  for (const block of bodies.flatMap(body => body.blocks)) declareBlock(block, nodes, scope, reading);
  const values = new Values();
  for (const node of nodes.values()) settle({ nodes, values, scope }, node, []);
  const sensitive = [...nodes.values()].filter(node => node.isSensitive);
  return { ...values.sorted(), secrets: sensitive.flatMap(node => textsIn(values.get(node.key) ?? objectValue([]))) };
}

function declareBlock(block: Block, nodes: Nodes, scope: Scope, reading: Reading): void {
  if (block.type === 'locals') {
    checkBody(block.body, 'locals', [...block.body.attributes.keys()], []);
    for (const attribute of block.body.attributes.values()) addLocal(nodes, attribute.name, attribute, false);
  }
  if (block.type === 'data') declareData(block, nodes, reading);
  if (block.type !== 'local') return;
  checkBody(block.body, 'local', ['expression', 'sensitive'], []);
  const expression = block.body.attributes.get('expression');
  if (!expression) throw block.source.fail(block.typeSpan.start, 'A block "local" has an "expression".');
  addLocal(nodes, block.labels[0]?.text ?? '', expression, isSensitive(block.body.attributes.get('sensitive'), scope));
}

function isSensitive(attribute: Attribute | undefined, scope: Scope): boolean {
  if (!attribute) return false;
  const value = placed(attribute.value, attribute.value, () => convert(evaluate(attribute.value, scope), BOOL));
  return value.kind === 'bool' && value.value;
}

function addLocal(nodes: Nodes, name: string, attribute: Attribute, isSecret: boolean): void {
  const expression = attribute.value;
  const key = `local.${name}`;
  if (nodes.has(key)) throw expression.source.fail(attribute.nameSpan.start, `The local "${name}" is defined twice.`);
  nodes.set(key, { key, expression, isSensitive: isSecret, value: undefined });
}

/** Data sources that are known without asking a service. */
const OFFLINE_DATA: Readonly<Record<string, (block: Block) => Pick<Node, 'expression' | 'value'>>> = {
  null: block => ({ expression: block.body.attributes.get('input')?.value, value: { kind: 'null', type: ANY } }),
  'host-info': () => ({ expression: undefined, value: hostInfo() }),
};

/** The others are unknown, which is an error only where their value is needed. */
function declareData(block: Block, nodes: Nodes, reading: Reading): void {
  const [type = '', name = ''] = block.labels.map(label => label.text);
  const key = `data.${type}.${name}`;
  if (nodes.has(key))
    throw block.source.fail(block.typeSpan.start, `The data source "${type}" "${name}" is defined twice.`);
  const offline = Object.hasOwn(OFFLINE_DATA, type) ? OFFLINE_DATA[type] : undefined;
  const known = offline?.(block) ?? { expression: undefined, value: { kind: 'unknown', type: ANY } as const };
  nodes.set(key, { key, isSensitive: false, ...known });
  if (offline) return;
  const message = `The data source "${type}" "${name}" is not asked: Goldsmith asks no service while it reads.`;
  const hint = 'Give its value as a variable if a qemu builder needs it.';
  reading.problems.push({
    code: 'unsupported',
    severity: 'note',
    message,
    hint,
    place: block.source.place(block.typeSpan.start),
  });
}

interface Settling {
  nodes: Nodes;
  values: Values;
  scope: Scope;
}

const LONGEST_CHAIN = 300;

function settle(settling: Settling, node: Node, chain: string[]): void {
  const { nodes, values, scope } = settling;
  if (values.has(node.key)) return;
  const way = [...chain, node.key];
  for (const reference of node.expression ? referencesIn(node.expression) : []) {
    const needed = neededNode(reference, nodes);
    if (!needed) continue;
    if (way.includes(needed.key) || way.length > LONGEST_CHAIN) throw cycle(reference, [...way, needed.key]);
    settle(settling, needed, way);
  }
  values.set(node.key, nodeValue(node, values, scope));
}

function nodeValue(node: Node, values: Values, scope: Scope): Value {
  if (!node.expression) return node.value ?? { kind: 'null', type: ANY };
  const { local, data } = values.objects;
  const value = evaluate(node.expression, {
    ...scope,
    variables: new Map([...scope.variables, ['local', local], ['data', data]]),
  });
  return node.key.startsWith('data.') ? objectValue([['output', value]]) : value;
}

function neededNode(reference: Reference, nodes: Nodes): Node | undefined {
  const { root, path, expression } = reference;
  const length = root === 'local' ? 1 : 2;
  if ((root !== 'local' && root !== 'data') || path.length < length) return undefined;
  const key = [root, ...path.slice(0, length)].join('.');
  const node = nodes.get(key);
  if (node) return node;
  const known = [...nodes.keys()].filter(other => other.startsWith(`${root}.`));
  throw expression.source.fail(
    expression.start,
    `There is no ${root === 'local' ? 'local value' : 'data source'} "${key}".`,
    nameHint(key, known, 'values'),
  );
}

function cycle({ expression }: Reference, way: string[]): Error {
  const from = way.indexOf(way.at(-1) ?? '');
  return expression.source.fail(expression.start, `These values need one another: ${way.slice(from).join(' -> ')}.`);
}

/** The values found so far, as the objects `local` and `data` that grow. */
class Values {
  readonly #locals = new Map<string, Value>();
  readonly #data = new Map<string, Value>();
  readonly #all = new Map<string, Value>();
  readonly objects: { local: Value; data: Value } = {
    local: { kind: 'object', entries: this.#locals },
    data: { kind: 'object', entries: this.#data },
  };

  has(key: string): boolean {
    return this.#all.has(key);
  }

  get(key: string): Value | undefined {
    return this.#all.get(key);
  }

  set(key: string, value: Value): void {
    this.#all.set(key, value);
    const [root, first = '', ...rest] = key.split('.');
    if (root === 'local') this.#locals.set([first, ...rest].join('.'), value);
    else this.#data.set(first, objectValue([...namedOf(this.#data.get(first)), [rest.join('.'), value]]));
  }

  /** The same objects in the order they are iterated in. */
  sorted(): { local: Value; data: Value } {
    return { local: objectValue(this.#locals), data: objectValue(this.#data) };
  }
}

const namedOf = (type: Value | undefined): Iterable<[string, Value]> => (type?.kind === 'object' ? type.entries : []);
