import type { Problem } from '../../model/failure.ts';
import type { RawBlock, RawOption } from '../options/schema.ts';
import type { SourceText } from '../source-text.ts';
import { type JsonMember, type JsonNode, plainJson } from './reader.ts';

/** An object of a legacy template as a block with options; of double keys the last one counts, as in Packer. */
export function jsonBlock(
  what: string,
  node: JsonNode,
  source: SourceText,
  problems: Problem[],
  skipped: readonly string[] = [],
): RawBlock {
  const options = new Map<string, RawOption>();
  for (const member of objectMembers(node, source, what)) {
    if (skipped.includes(member.key)) continue;
    if (options.has(member.key) && !member.key.startsWith('_')) tellDouble(member, source, problems);
    options.set(member.key, jsonOption(member, source));
  }
  return { what, place: () => source.place(node.start), options };
}

export function objectMembers(node: JsonNode, source: SourceText, what: string): JsonMember[] {
  if (node.kind === 'object') return node.members;
  throw source.fail(node.start, `${what.charAt(0).toUpperCase()}${what.slice(1)} is an object.`);
}

function tellDouble(member: JsonMember, source: SourceText, problems: Problem[]): void {
  const message = `"${member.key}" is given twice; the last one counts.`;
  problems.push({ code: 'bad-recipe', severity: 'warning', message, place: source.place(member.keyStart) });
}

const jsonOption = (member: JsonMember, source: SourceText): RawOption => ({
  name: member.key,
  read: () => plainJson(member.value),
  namePlace: () => source.place(member.keyStart),
  place: () => source.place(member.value.start),
});

/** The text of a member, if it is one. */
export function textMember(node: JsonNode, key: string): string | undefined {
  const value = node.kind === 'object' ? node.members.findLast(member => member.key === key)?.value : undefined;
  return value?.kind === 'string' ? value.value : undefined;
}
