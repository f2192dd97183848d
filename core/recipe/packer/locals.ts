import type { Attribute, Block, Body, Expression } from '../hcl/ast.ts';
import { convert } from '../hcl/convert.ts';
import { evaluate, type Scope } from '../hcl/evaluate.ts';
import { placed } from '../hcl/placed.ts';
import { type Reference, referencesIn } from '../hcl/references.ts';
import { ANY, BOOL, objectValue, textsIn, type Value } from '../hcl/value.ts';
import { nameHint } from '../nearest.ts';
import { hostInfo } from './host-info.ts';
import type { Reading } from './reading.ts';
import { checkBody } from './structure.ts';

/** A local value or a data source: what other locals may need before they can be evaluated. */
interface Node {
  /** `local.name` or `data.type.name`. */
  key: string;
  /** What has to be evaluated for it. */
  expressions: Expression[];
  isSensitive: boolean;
  /** Its value, once the values of its expressions are known. */
  finish(values: Value[]): Value;
}

const NOTHING: Value = { kind: 'null', type: ANY };

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
  nodes.set(key, { key, expressions: [expression], isSensitive: isSecret, finish: ([value = NOTHING]) => value });
}

/** The data sources whose values are known, or can be asked for. */
const DATA: Readonly<Record<string, (block: Block, reading: Reading) => Pick<Node, 'expressions' | 'finish'>>> = {
  null: block => ({
    expressions: [block.body.attributes.get('input')].flatMap(input => (input ? [input.value] : [])),
    finish: ([value = NOTHING]) => objectValue([['output', value]]),
  }),
  'host-info': () => ({ expressions: [], finish: hostInfo }),
  http: httpNode,
};

const HTTP_ATTRIBUTES = ['url', 'method', 'request_headers', 'request_body'];

function httpNode({ body, source, typeSpan }: Block, { http }: Reading): Pick<Node, 'expressions' | 'finish'> {
  checkBody(body, 'data "http"', HTTP_ATTRIBUTES, []);
  const place = source.place(typeSpan.start);
  const given = HTTP_ATTRIBUTES.map(name => body.attributes.get(name)?.value);
  if (!given[0]) throw source.fail(typeSpan.start, 'A data source "http" has a "url".');
  return {
    expressions: given.filter(expression => expression !== undefined),
    finish: values => {
      const left = [...values];
      return http.value(
        given.map(expression => (expression ? (left.shift() ?? NOTHING) : NOTHING)),
        place,
      );
    },
  };
}

/** The others are unknown, which is an error only where their value is needed. */
function declareData(block: Block, nodes: Nodes, reading: Reading): void {
  const [type = '', name = ''] = block.labels.map(label => label.text);
  const key = `data.${type}.${name}`;
  if (nodes.has(key))
    throw block.source.fail(block.typeSpan.start, `The data source "${type}" "${name}" is defined twice.`);
  const known = Object.hasOwn(DATA, type) ? DATA[type] : undefined;
  if (known) {
    nodes.set(key, { key, isSensitive: false, ...known(block, reading) });
    return;
  }
  nodes.set(key, { key, isSensitive: false, expressions: [], finish: () => ({ kind: 'unknown', type: ANY }) });
  const message = `The data source "${type}" "${name}" is not asked: Goldsmith does not know what it would say.`;
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
  for (const reference of node.expressions.flatMap(expression => [...referencesIn(expression)])) {
    const needed = neededNode(reference, nodes);
    if (!needed) continue;
    if (way.includes(needed.key) || way.length > LONGEST_CHAIN) throw cycle(reference, [...way, needed.key]);
    settle(settling, needed, way);
  }
  values.set(node.key, nodeValue(node, values, scope));
}

function nodeValue(node: Node, values: Values, scope: Scope): Value {
  const { local, data } = values.objects;
  const within = { ...scope, variables: new Map([...scope.variables, ['local', local], ['data', data]]) };
  return node.finish(node.expressions.map(expression => evaluate(expression, within)));
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
