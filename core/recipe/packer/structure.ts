import type { Block, Body } from '../hcl/ast.ts';
import { nameHint } from '../nearest.ts';

/** Only these attributes and blocks may stand in a body. @throws GoldsmithError `bad-recipe` at the first other one. */
export function checkBody(body: Body, what: string, attributes: readonly string[], blocks: readonly string[]): void {
  for (const attribute of body.attributes.values()) {
    if (attributes.includes(attribute.name)) continue;
    const hint = blocks.includes(attribute.name)
      ? `"${attribute.name}" is a block: write it without "=".`
      : nameHint(attribute.name, attributes, 'attributes');
    throw body.source.fail(attribute.nameSpan.start, `A "${what}" has no attribute "${attribute.name}".`, hint);
  }
  for (const block of body.blocks) {
    if (blocks.includes(block.type) || block.type === 'dynamic') continue;
    throw unknownBlock(block, what, blocks);
  }
}

export function unknownBlock(block: Block, what: string, blocks: readonly string[]): Error {
  return block.source.fail(
    block.typeSpan.start,
    `A "${what}" has no block "${block.type}".`,
    nameHint(block.type, blocks, 'blocks'),
  );
}

/** Blocks of a template file, with how many labels they have. */
const ROOT_BLOCKS: Readonly<Record<string, readonly string[]>> = {
  packer: [],
  source: ['type', 'name'],
  variables: [],
  variable: ['name'],
  locals: [],
  local: ['name'],
  data: ['type', 'name'],
  build: [],
  hcp_packer_registry: [],
  communicator: ['type', 'name'],
};

/** The outermost level of a template file. @throws GoldsmithError `bad-recipe` */
export function checkRoot(body: Body): void {
  const [attribute] = body.attributes.values();
  if (attribute) {
    const hint = 'Values of variables stand in a .pkrvars.hcl file.';
    throw body.source.fail(
      attribute.nameSpan.start,
      `The attribute "${attribute.name}" stands outside of any block.`,
      hint,
    );
  }
  for (const block of body.blocks) {
    const labels = Object.hasOwn(ROOT_BLOCKS, block.type) ? ROOT_BLOCKS[block.type] : undefined;
    if (labels) checkLabels(block, labels);
    else if (block.type !== 'dynamic') throw unknownRoot(block);
  }
}

function unknownRoot(block: Block): Error {
  const hint = nameHint(block.type, Object.keys(ROOT_BLOCKS), 'blocks');
  return block.source.fail(block.typeSpan.start, `A template has no block "${block.type}".`, hint);
}

/** The labels a block must have. @throws GoldsmithError `bad-recipe` */
export function checkLabels(block: Block, names: readonly string[]): void {
  const { labels } = block;
  if (labels.length === names.length) return;
  const form = [block.type, ...names.map(name => `"${name}"`)].join(' ');
  const at = labels[names.length]?.span.start ?? block.typeSpan.start;
  throw block.source.fail(
    at,
    `A block "${block.type}" has ${names.length || 'no'} label${names.length === 1 ? '' : 's'}.`,
    `Write: ${form} {`,
  );
}
