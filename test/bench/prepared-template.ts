import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Block, Body } from '../../core/recipe/hcl/ast.ts';
import { parseFile } from '../../core/recipe/hcl/parse-body.ts';
import { SourceText } from '../../core/recipe/source-text.ts';

/** Rewrites a copy of somebody's template so that Packer can be asked of it without a network or what it would provision. */

export interface Preparation {
  iso: string;
  httpPort: number;
  /** Options that are left out. */
  left: readonly string[];
}

const REPLACED = [
  'iso_url',
  'iso_urls',
  'iso_checksum',
  'iso_checksum_type',
  'iso_checksum_url',
  'iso_target_path',
  'iso_target_extension',
  'output_directory',
  'http_port_min',
  'http_port_max',
];
/** They are no part of a machine. */
const PLUGINS = [
  'provisioner',
  'post-processor',
  'post-processors',
  'error-cleanup-provisioner',
  'hcp_packer_registry',
];

/** @param template a file, or a folder of `.pkr.hcl` files, which are written anew. */
export function prepared(template: string, preparation: Preparation): void {
  if (template.endsWith('.json')) {
    writeFileSync(template, legacy(readFileSync(template, 'utf8'), preparation));
    return;
  }
  const files = statSync(template).isDirectory()
    ? readdirSync(template)
        .filter(name => name.endsWith('.pkr.hcl'))
        .map(name => path.join(template, name))
    : [template];
  for (const file of files) writeFileSync(file, native(readFileSync(file, 'utf8'), preparation));
}

const fixed = ({ iso, httpPort }: Preparation): Record<string, string | number> => ({
  iso_url: iso,
  iso_checksum: 'none',
  output_directory: 'output-of-the-oracle',
  http_port_min: httpPort,
  http_port_max: httpPort,
});

interface Legacy {
  builders: Record<string, unknown>[];
  variables?: Record<string, unknown>;
  [part: string]: unknown;
}

function legacy(text: string, preparation: Preparation): string {
  const template = JSON.parse(text) as Legacy;
  const { provisioners: _, 'post-processors': __, 'error-cleanup-provisioner': ___, ...rest } = template;
  const out = [...REPLACED, ...preparation.left];
  const builders = template.builders.map(builder => ({
    ...Object.fromEntries(Object.entries(builder).filter(([name]) => builder.type !== 'qemu' || !out.includes(name))),
    ...(builder.type === 'qemu' ? fixed(preparation) : {}),
  }));
  // What only newer versions take: numbers as values of variables, and comments that are no text.
  const parts = Object.entries(rest).filter(([name]) => !name.startsWith('_'));
  const variables = Object.entries(rest.variables ?? {}).map(([name, value]) => [
    name,
    value === null ? null : `${value}`,
  ]);
  return JSON.stringify({
    ...Object.fromEntries(parts),
    ...(variables.length > 0 ? { variables: Object.fromEntries(variables) } : {}),
    builders: builders.filter(builder => builder.type === 'qemu'),
  });
}

interface Cut {
  start: number;
  end: number;
  text: string;
}

function native(text: string, preparation: Preparation): string {
  const body = parseFile(new SourceText('template', text));
  const cuts = body.blocks.flatMap(block => cutsOf(block, preparation)).sort((a, b) => b.start - a.start);
  const rest = cuts.reduce(
    (whole, { start, end, text: instead }) => whole.slice(0, start) + instead + whole.slice(end),
    text,
  );
  return rest.replace(/legacy_isotime\("[^"]*"\)/g, '"20260101"'); // a function of newer versions
}

function cutsOf(block: Block, preparation: Preparation): Cut[] {
  const [type = ''] = block.labels.map(label => label.text);
  if (block.type === 'packer') return [wholeOf(block)];
  // An old Packer judges some of these otherwise; the values have passed ours.
  if (block.type === 'variable') return block.body.blocks.map(wholeOf);
  if (block.type === 'build') return block.body.blocks.flatMap(inner => cutsOfBuild(inner, preparation));
  if (block.type !== 'source') return [];
  return type === 'qemu' ? [...attributes(block.body, preparation), added(block, preparation)] : [];
}

function cutsOfBuild(inner: Block, preparation: Preparation): Cut[] {
  const [label = ''] = inner.labels.map(one => one.text);
  if (PLUGINS.includes(inner.type) || (inner.type === 'dynamic' && PLUGINS.includes(label))) return [wholeOf(inner)];
  const bodies = inner.type === 'dynamic' ? inner.body.blocks.map(content => content.body) : [inner.body];
  return bodies.flatMap(body => attributes(body, preparation));
}

const wholeOf = ({ typeSpan, body }: Block): Cut => ({ start: typeSpan.start, end: body.end + 1, text: '' });

const attributes = (body: Body, { left }: Preparation): Cut[] =>
  [...body.attributes.values()]
    .filter(({ name }) => [...REPLACED, ...left].includes(name))
    .map(({ nameSpan, value }) => ({ start: nameSpan.start, end: value.end, text: '' }));

const added = ({ body }: Block, preparation: Preparation): Cut => ({
  start: body.end,
  end: body.end,
  text: `\n${Object.entries(fixed(preparation))
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .join('')}`,
});
