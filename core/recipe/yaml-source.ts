import { isMap, isNode, isScalar, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import type { FailureCode, Place, Problem } from '../model/failure.ts';

/** A YAML file with the places of everything in it. */
export interface YamlSource {
  /** Undefined when there are syntax errors. */
  value: unknown;
  problems: Problem[];
  /** Where the value at a path stands, or the nearest thing around it that exists. */
  placeOf(path: PropertyKey[]): Place;
  /** Where the key at the end of a path stands. */
  placeOfKey(path: PropertyKey[]): Place;
}

/** Aliases may be used this often in all: a "billion laughs" file ends as a problem, not as a full memory. */
const MAX_ALIASES = 100;

/** Parses YAML 1.2 (with `<<` merge keys); never throws. Problems carry `code`. */
export function parseYaml(source: string, file: string, code: FailureCode): YamlSource {
  const counter = new LineCounter();
  const document = parseDocument(source, { lineCounter: counter, prettyErrors: false, merge: true, logLevel: 'error' });
  const lines = source.split(/\r?\n/);
  const placeAt = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { file, line, column: col, source: lines[line - 1] ?? '' };
  };
  const problems = document.errors.map(
    (error): Problem => ({ code, severity: 'error', message: sentence(error.message), place: placeAt(error.pos[0]) }),
  );
  const root = document.contents;
  const source_: YamlSource = {
    value: undefined,
    problems,
    placeOf: path => placeAt(offsetOf(root, path)),
    placeOfKey: path => placeAt(keyOffsetOf(root, path)),
  };
  if (problems.length > 0) return source_;
  try {
    source_.value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    problems.push({ code, severity: 'error', message: sentence(String((error as Error).message)), place: { file } });
  }
  return source_;
}

const sentence = (text: string): string => `${text.replace(/\.$/, '')}.`;

function offsetOf(root: ParsedNode | null, path: PropertyKey[]): number {
  let node: unknown = root;
  let offset = root?.range[0] ?? 0;
  for (const [depth, key] of path.entries()) {
    offset = isMap(node) ? keyOffsetOf(root, path.slice(0, depth + 1)) : offset;
    node = childOf(node, key);
    if (!isNode(node)) return offset;
    offset = node.range?.[0] ?? offset;
  }
  return offset;
}

/** Falls back to the place of the map when the key is missing. */
function keyOffsetOf(root: ParsedNode | null, path: PropertyKey[]): number {
  const parents = path.slice(0, -1);
  const parent = parents.reduce<unknown>(childOf, root);
  const pair = isMap(parent) ? parent.items.find(item => keyText(item.key) === String(path.at(-1))) : undefined;
  if (pair && isNode(pair.key) && pair.key.range) return pair.key.range[0];
  return parents.length > 0 ? keyOffsetOf(root, parents) : (root?.range[0] ?? 0);
}

function childOf(node: unknown, key: PropertyKey): unknown {
  if (isMap(node)) return node.items.find(item => keyText(item.key) === String(key))?.value ?? undefined;
  if (typeof node === 'object' && node !== null && 'items' in node) return (node.items as unknown[])[Number(key)];
  return undefined;
}

const keyText = (key: unknown): string => String(isScalar(key) ? key.value : key);
