import { GoldsmithError } from '../../model/failure.ts';
import { nameHint } from '../nearest.ts';
import type { GoFunction, GoValue, Node, Operand, Pipeline } from './ast.ts';
import { BUILTINS } from './builtins.ts';
import { parseGoTemplate } from './parse.ts';
import { goText, isTrue } from './values.ts';

/** What a template may use. */
export interface GoContext {
  /** Packer's own functions by name. */
  functions: ReadonlyMap<string, GoFunction>;
  /** The value of `{{ .Name }}`: `undefined` when it is known only in the build, so that it is left standing. */
  field(name: string): GoValue | undefined;
}

/** Known now, or the text of an expression that is left for the build. */
type Result = { isKnown: true; value: GoValue } | { isKnown: false; text: string };

interface Frame {
  context: GoContext;
  variables: Map<string, Result>;
  /** Inside `with` and `range` of known values the dot is something else. */
  dot: { value: GoValue } | undefined;
}

const bad = (message: string, hint?: string): GoldsmithError => new GoldsmithError('bad-recipe', message, { hint });
const known = (value: GoValue): Result => ({ isKnown: true, value });

/**
 * Renders what can be rendered now; expressions with build-time values are left in place, simplified.
 * @throws GoldsmithError `bad-recipe`, without a place.
 */
export function renderGoTemplate(text: string, context: GoContext): string {
  if (!text.includes('{{')) return text;
  return renderNodes(parsed(text), { context, variables: new Map(), dot: undefined });
}

/** The same texts come again for each builder of a template. */
const PARSED = new Map<string, Node[]>();
const MOST_PARSED = 5000;

function parsed(text: string): Node[] {
  const known = PARSED.get(text);
  if (known) return known;
  const nodes = parseGoTemplate(text);
  if (PARSED.size >= MOST_PARSED) PARSED.clear();
  PARSED.set(text, nodes);
  return nodes;
}

const renderNodes = (nodes: Node[], frame: Frame): string => nodes.map(node => renderNode(node, frame)).join('');

function renderNode(node: Node, frame: Frame): string {
  if (node.kind === 'text') return node.text;
  const result = pipelineResult(node.pipeline, frame);
  if (node.kind === 'action') return node.pipeline.variable ? '' : insertion(result);
  const inner: Frame = { ...frame, variables: new Map(frame.variables) };
  if (!result.isKnown) return leftBlock(node, result.text, inner);
  if (node.kind === 'range') return renderRange(node, result.value, inner);
  const isTaken = isTrue(result.value);
  if (node.kind === 'with' && isTaken) inner.dot = { value: result.value };
  return renderNodes(isTaken ? node.body : node.otherwise, inner);
}

type BlockNode = Extract<Node, { kind: 'if' | 'with' | 'range' }>;

function leftBlock(node: BlockNode, pipeline: string, frame: Frame): string {
  const otherwise = node.otherwise.length > 0 ? `{{ else }}${renderNodes(node.otherwise, frame)}` : '';
  return `{{ ${node.kind} ${pipeline} }}${renderNodes(node.body, frame)}${otherwise}{{ end }}`;
}

function renderRange(node: BlockNode, value: GoValue, frame: Frame): string {
  const items = Array.isArray(value) ? value : value !== null && typeof value === 'object' ? Object.values(value) : [];
  if (items.length === 0) return renderNodes(node.otherwise, frame);
  return items.map(item => renderNodes(node.body, { ...frame, dot: { value: item } })).join('');
}

const insertion = (result: Result): string => (result.isKnown ? goText(result.value) : `{{ ${result.text} }}`);

function pipelineResult(pipeline: Pipeline, frame: Frame): Result {
  let result: Result | undefined;
  for (const command of pipeline.commands) result = commandResult(command, result, frame);
  const final = result ?? known(null);
  if (pipeline.variable) frame.variables.set(pipeline.variable.name, final);
  return final;
}

function commandResult(command: Operand[], piped: Result | undefined, frame: Frame): Result {
  const [head, ...rest] = command;
  if (head?.kind === 'function') {
    return callResult(
      head.name,
      rest.map(operand => operandResult(operand, frame)),
      piped,
      frame,
    );
  }
  if (!head || rest.length > 0 || piped) throw bad(`Only a function takes arguments in "{{ }}".`);
  return operandResult(head, frame);
}

function operandResult(operand: Operand, frame: Frame): Result {
  if (operand.kind === 'constant') return known(operand.value);
  if (operand.kind === 'function') return callResult(operand.name, [], undefined, frame);
  if (operand.kind === 'group') return follow(pipelineResult(operand.pipeline, frame), operand.names);
  if (operand.kind === 'field') return fieldResult(operand.names, frame);
  if (operand.name === '$') return fieldResult(operand.names, { ...frame, dot: undefined });
  const variable = frame.variables.get(operand.name);
  if (!variable) throw bad(`The variable ${operand.name} is not set.`);
  return follow(variable, operand.names);
}

function fieldResult(names: string[], frame: Frame): Result {
  if (frame.dot) return follow(known(frame.dot.value), names);
  const [first, ...rest] = names;
  if (first === undefined) return { isKnown: false, text: '.' };
  const value = frame.context.field(first);
  return value === undefined ? { isKnown: false, text: `.${names.join('.')}` } : follow(known(value), rest);
}

function follow(result: Result, names: string[]): Result {
  if (names.length === 0) return result;
  if (!result.isKnown) return { isKnown: false, text: `(${result.text}).${names.join('.')}` };
  let value = result.value;
  for (const name of names)
    value = value !== null && typeof value === 'object' && !Array.isArray(value) ? (value[name] ?? null) : null;
  return known(value);
}

function callResult(name: string, given: Result[], piped: Result | undefined, frame: Frame): Result {
  const found = frame.context.functions.get(name) ?? BUILTINS.get(name);
  if (!found) {
    const names = [...frame.context.functions.keys(), ...BUILTINS.keys()];
    throw bad(`There is no template function "${name}".`, nameHint(name, names, 'functions'));
  }
  const values = piped ? [...given, piped] : given;
  const settled = values.filter(value => value.isKnown).map(value => value.value);
  const result = settled.length === values.length ? found(...settled) : undefined;
  return result === undefined ? { isKnown: false, text: leftCall(name, given, piped) } : known(result);
}

/** In the form it was written in. `build` is left as the field it stands for, as Packer itself leaves it. */
function leftCall(name: string, given: Result[], piped: Result | undefined): string {
  const [first = piped] = given;
  if (name === 'build' && first?.isKnown) return `.${goText(first.value)}`;
  if (piped && !piped.isKnown) return `${piped.text} | ${[name, ...given.map(argumentText)].join(' ')}`;
  return [name, ...given.map(argumentText), ...(piped ? [argumentText(piped)] : [])].join(' ');
}

const argumentText = (result: Result): string => {
  if (!result.isKnown) return /[ |]/.test(result.text) ? `(${result.text})` : result.text;
  return typeof result.value === 'string' ? JSON.stringify(result.value) : goText(result.value);
};
