import type { Problem } from '../../model/failure.ts';
import type { Builder, PostProcessor, Provisioner, Recipe } from '../../model/recipe.ts';
import { BUILD_KEYS } from '../packer/hcl-builders.ts';
import { provisionerAttributes } from './provisioner-attributes.ts';
import { imgArguments, NEWER_OPTIONS, sourceAttributes } from './source-attributes.ts';
import { type Attributes, type Block, type HclValue, quote, type WriteText, writeBlock } from './write-hcl.ts';

export interface ExportedTemplate {
  /** HCL2, as `packer fmt` would have it. */
  text: string;
  /** What could not be said in Packer's words. */
  problems: Problem[];
}

/**
 * A builder of a resolved recipe as a Packer HCL2 template of its own: variables and functions are done with, values of
 * sensitive variables are variables again.
 */
export function exportTemplate(recipe: Recipe, builder: Builder): ExportedTemplate {
  const name =
    builder.name
      .split('.')
      .at(-1)
      ?.replace(/[^\w-]/g, '-') ?? 'image';
  const secrets = secretsOf(recipe, builder);
  const problems: Problem[] = [];
  const source = sourceBlock(name, builder);
  const blocks: Block[] = [
    ...packerBlock(source, problems),
    ...secrets.map(({ variable }) => variableBlock(variable)),
    source,
    buildBlock(name, builder, problems),
  ];
  const write = textWriter(secrets, recipe.root);
  return { text: `${blocks.map(block => writeBlock(block, write)).join('\n\n')}\n`, problems };
}

interface Secret {
  variable: string;
  value: string;
}

/** Named after the variable whose value it is; a secret that is no variable's (a local's) gets a name of its own. */
function secretsOf({ variables }: Recipe, { secrets }: Builder): Secret[] {
  return secrets
    .filter(value => value !== '')
    .map((value, nth) => {
      const known = variables.find(variable => variable.sensitive && variable.value === value);
      return { variable: known?.name ?? `secret_${nth + 1}`, value };
    })
    .sort((a, b) => b.value.length - a.value.length);
}

const variableBlock = (name: string): Block => ({
  type: 'variable',
  labels: [name],
  attributes: [
    ['type', { expression: 'string' }],
    ['sensitive', true],
    ['default', ''],
  ],
  blocks: [],
});

/**
 * In written, quoted text: a secret becomes a reference, and a path below the folder that paths are relative to becomes
 * relative, so that the template says nothing of this host.
 */
function textWriter(secrets: Secret[], root: string): WriteText {
  const quoted = secrets.map(({ variable, value }) => ({ variable, pattern: asWord(quote(value).slice(1, -1)) }));
  const below = `${quote(root).slice(0, -1)}/`;
  return text => {
    let written = text.startsWith(below) ? `"${text.slice(below.length)}` : text;
    for (const { variable, pattern } of quoted) written = written.replace(pattern, () => `\${var.${variable}}`);
    return written;
  };
}

/** A secret stands alone, between quotes or after a sign: the password `root` is not the folder in `/root/x`. */
const asWord = (written: string): RegExp =>
  new RegExp(`(?<=["'\\s=:])${written.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?=["'\\s|;,\\\\])`, 'g');

const BUILD_VALUE = new RegExp(`\\{\\{ \\.(${BUILD_KEYS.join('|')}) \\}\\}`, 'g');

/** The packer block is written only where it says something: Packer 1.6 does not know `required_plugins`. */
function packerBlock(source: Block, problems: Problem[]): Block[] {
  const newer = source.attributes.filter(([name, value]) => value !== undefined && NEWER_OPTIONS.has(name));
  if (newer.length === 0) return [];
  const names = newer.map(([name]) => name).join(', ');
  problems.push({
    code: 'unsupported',
    severity: 'note',
    message: `Packer 1.6 does not know ${names}; later versions do.`,
    hint: 'Run "packer init" first.',
  });
  const plugin = { source: 'github.com/hashicorp/qemu', version: '>= 1.1.0' };
  const plugins: Block = { type: 'required_plugins', labels: [], attributes: [['qemu', plugin]], blocks: [] };
  return [{ type: 'packer', labels: [], attributes: [], blocks: [plugins] }];
}

function sourceBlock(name: string, { source }: Builder): Block {
  const img = Object.entries(imgArguments(source));
  const block: Block = { type: 'qemu_img_args', labels: [], attributes: img, blocks: [] };
  return {
    type: 'source',
    labels: ['qemu', name],
    attributes: sourceAttributes(source),
    blocks: img.length > 0 ? [block] : [],
  };
}

function buildBlock(name: string, builder: Builder, problems: Problem[]): Block {
  const cleanup = builder.errorCleanup ? [provisionerBlock('error-cleanup-provisioner', builder.errorCleanup)] : [];
  return {
    type: 'build',
    labels: [],
    attributes: [['sources', [`source.qemu.${name}`]]],
    blocks: [
      ...builder.provisioners.map(item => provisionerBlock('provisioner', item)),
      ...cleanup,
      ...builder.postProcessors.flatMap(chain => chainBlock(chain, problems)),
    ],
  };
}

const provisionerBlock = (type: string, item: Provisioner): Block => ({
  type,
  labels: [item.kind],
  attributes: withBuildValues(provisionerAttributes(item)),
  blocks: [],
});

/** `{{ .ID }}` as `build.ID`, which is how HCL2 says it. */
const withBuildValues = (attributes: Attributes): Attributes =>
  attributes.map(([name, value]) => [name, value === undefined ? undefined : asBuildValue(value)]);

function asBuildValue(value: HclValue): HclValue {
  if (typeof value === 'string') return asExpression(value) ?? value;
  return Array.isArray(value) ? value.map(asBuildValue) : value;
}

function asExpression(text: string): HclValue | undefined {
  const replaced = text.replace(BUILD_VALUE, '\u0000$1\u0001');
  if (replaced === text) return undefined;
  const written = quote(replaced).replaceAll('\\u0000', '${build.').replaceAll('\\u0001', '}');
  return { expression: written };
}

/** Of these, Packer of any version knows nothing. */
const OURS_ONLY: ReadonlySet<string> = new Set(['provenance']);

function chainBlock(chain: PostProcessor[], problems: Problem[]): Block[] {
  const known = chain.filter(({ type }) => !OURS_ONLY.has(type));
  for (const { type, place } of chain.filter(item => OURS_ONLY.has(item.type))) {
    const message = `The post-processor "${type}" is left out: Packer has it only as a plugin.`;
    problems.push({ code: 'unsupported', severity: 'warning', message, place });
  }
  const blocks = known.map(postProcessorBlock);
  if (blocks.length < 2) return blocks;
  return [{ type: 'post-processors', labels: [], attributes: [], blocks }];
}

const postProcessorBlock = (item: PostProcessor): Block => ({
  type: 'post-processor',
  labels: [item.type],
  attributes: [
    ['name', item.name],
    ...Object.entries(item.options).map(([name, value]) => [name, value as HclValue] as const),
    ['keep_input_artifact', item.keepInputArtifact],
  ],
  blocks: [],
});
