import type { Body } from '../hcl/ast.ts';
import { evaluate, type Scope } from '../hcl/evaluate.ts';
import { ANY, objectValue, type Value } from '../hcl/value.ts';
import type { Reading } from './reading.ts';

/**
 * The values of `data` blocks. Only `data "null"` has one without asking a service; the others are unknown, which is an
 * error only where their value is needed.
 */
export function dataSources(bodies: Body[], scope: Scope, reading: Reading): Value {
  const types = new Map<string, [string, Value][]>();
  for (const block of bodies.flatMap(body => body.blocks)) {
    if (block.type !== 'data') continue;
    const [type = '', name = ''] = block.labels.map(label => label.text);
    const named = types.get(type) ?? [];
    if (named.some(([other]) => other === name))
      throw block.source.fail(block.typeSpan.start, `The data source "${type}" "${name}" is defined twice.`);
    types.set(type, [
      ...named,
      [name, type === 'null' ? nullSource(block.body, scope) : { kind: 'unknown', type: ANY }],
    ]);
    if (type !== 'null') tellUnknown(`data "${type}" "${name}"`, block.source.place(block.typeSpan.start), reading);
  }
  return objectValue([...types].map(([type, named]) => [type, objectValue(named)]));
}

function nullSource(body: Body, scope: Scope): Value {
  const input = body.attributes.get('input')?.value;
  return objectValue([['output', input ? evaluate(input, scope) : { kind: 'null', type: ANY }]]);
}

function tellUnknown(what: string, place: ReturnType<Body['source']['place']>, reading: Reading): void {
  const message = `The ${what} is not asked: Goldsmith asks no service while it reads.`;
  reading.problems.push({
    code: 'unsupported',
    severity: 'note',
    message,
    hint: 'Give its value as a variable if a qemu builder needs it.',
    place,
  });
}
