import type { Place } from '../../model/failure.ts';
import type { Block, Body, Expression } from '../hcl/ast.ts';
import { parseNumber } from '../hcl/numbers.ts';
import { parseTemplateText } from '../hcl/parse-body.ts';
import { boolValue, NULL, numberValue } from '../hcl/value.ts';
import { SourceText } from '../source-text.ts';
import { type JsonMember, type JsonNode, readJson } from './reader.ts';

/** Which properties of a JSON body are blocks: how many labels they have, and what stands in them. */
interface Shape {
  [block: string]: { labels: number; inner: Shape };
}

const PLUGIN = { labels: 1, inner: {} };
const POST_PROCESSORS = { labels: 0, inner: { 'post-processor': PLUGIN } };
const BUILD: Shape = {
  source: PLUGIN,
  provisioner: PLUGIN,
  'error-cleanup-provisioner': PLUGIN,
  'post-processor': PLUGIN,
  'post-processors': POST_PROCESSORS,
  hcp_packer_registry: { labels: 0, inner: {} },
};

const ROOT: Shape = {
  packer: { labels: 0, inner: { required_plugins: { labels: 0, inner: {} } } },
  source: { labels: 2, inner: {} },
  variables: { labels: 0, inner: {} },
  variable: { labels: 1, inner: { validation: { labels: 0, inner: {} } } },
  locals: { labels: 0, inner: {} },
  local: { labels: 1, inner: {} },
  data: { labels: 2, inner: {} },
  build: { labels: 0, inner: BUILD },
  hcp_packer_registry: { labels: 0, inner: {} },
  communicator: { labels: 2, inner: {} },
};

/** `dynamic` makes any block of the level it stands in. */
const dynamicShape = (shape: Shape): { labels: number; inner: Shape } => ({
  labels: 1,
  inner: { content: { labels: 0, inner: Object.assign({}, ...Object.values(shape).map(({ inner }) => inner)) } },
});

/**
 * Parses a template or a file of variables in HCL's JSON syntax (HCL JSON specification): texts are templates,
 * and the blocks Packer knows are recognised by name.
 * @throws GoldsmithError `bad-recipe`
 */
export function parseJsonBody(source: SourceText): Body {
  return bodyOf(readJson(source), ROOT, source);
}

function bodyOf(node: JsonNode, shape: Shape, source: SourceText): Body {
  const body: Body = { source, attributes: new Map(), blocks: [], end: node.end };
  for (const member of membersOf(node, source)) {
    const block =
      member.key === 'dynamic' ? dynamicShape(shape) : Object.hasOwn(shape, member.key) ? shape[member.key] : undefined;
    if (block) addBlocks(body, member, member.value, block, [], source);
    else addAttribute(body, member, source);
  }
  return body;
}

/** The properties of an object, or of all objects of a list; "//" is a comment. */
function membersOf(node: JsonNode, source: SourceText): JsonMember[] {
  if (node.kind === 'array') return node.items.flatMap(item => membersOf(item, source));
  if (node.kind === 'object') return node.members.filter(member => member.key !== '//');
  throw source.fail(node.start, 'An object is expected here.');
}

function addAttribute(body: Body, member: JsonMember, source: SourceText): void {
  if (body.attributes.has(member.key))
    throw source.fail(member.keyStart, `"${member.key}" is set twice in this block.`);
  const nameSpan = { start: member.keyStart, end: member.keyStart + member.key.length + 2 };
  body.attributes.set(member.key, { name: member.key, nameSpan, value: expressionOf(member.value, source) });
}

type Label = Block['labels'][number];

/** Labels are the keys of nested objects; a list stands for several blocks. */
function addBlocks(
  body: Body,
  member: JsonMember,
  node: JsonNode,
  shape: Shape[string],
  labels: Label[],
  source: SourceText,
): void {
  if (labels.length < shape.labels) {
    for (const { key, keyStart, value } of membersOf(node, source)) {
      const label: Label = { text: key, span: { start: keyStart, end: keyStart + key.length + 2 } };
      addBlocks(body, member, value, shape, [...labels, label], source);
    }
    return;
  }
  for (const item of node.kind === 'array' ? node.items : [node]) {
    if (item.kind === 'null') continue;
    const typeSpan = { start: member.keyStart, end: member.keyStart + member.key.length + 2 };
    body.blocks.push({ type: member.key, typeSpan, labels, body: bodyOf(item, shape.inner, source), source });
  }
}

function expressionOf(node: JsonNode, source: SourceText): Expression {
  const at = { start: node.start, end: node.end, source };
  if (node.kind === 'string') return textExpression(node.value, node.start, source);
  if (node.kind === 'array') return { kind: 'tuple', items: node.items.map(item => expressionOf(item, source)), ...at };
  if (node.kind === 'object') {
    const items = node.members.map(({ key, keyStart, value }) => ({
      key: textExpression(key, keyStart, source),
      value: expressionOf(value, source),
    }));
    return { kind: 'object', items, ...at };
  }
  if (node.kind === 'bool') return { kind: 'literal', value: boolValue(node.value), ...at };
  if (node.kind === 'null') return { kind: 'literal', value: NULL, ...at };
  const number = parseNumber(node.text);
  if (!number) throw source.fail(node.start, `${node.text} is no number Goldsmith can hold.`);
  return { kind: 'literal', value: numberValue(number), ...at };
}

/** Inside a JSON string every place is the place of the string. */
class StringSource extends SourceText {
  constructor(
    readonly outer: SourceText,
    readonly start: number,
    text: string,
  ) {
    super(outer.file, text);
  }

  override place(): Place {
    return this.outer.place(this.start);
  }
}

const textExpression = (text: string, start: number, source: SourceText): Expression =>
  parseTemplateText(new StringSource(source, start, text));
