import { GoldsmithError } from '../../model/failure.ts';
import type { Builder, PostProcessor, Provisioner } from '../../model/recipe.ts';
import type { Block, Body, Expression } from '../hcl/ast.ts';
import { buildPlaceholder } from '../hcl/build-values.ts';
import { convert } from '../hcl/convert.ts';
import { blocksOf, type ScopedBlock } from '../hcl/dynamic-blocks.ts';
import { evaluate, type Scope } from '../hcl/evaluate.ts';
import { placed } from '../hcl/placed.ts';
import { objectValue, STRING, textValue, type Value } from '../hcl/value.ts';
import { nameHint } from '../nearest.ts';
import type { PluginContext } from '../options/provisioners/kind.ts';
import { qemuSource } from '../options/qemu-source.ts';
import { hclBlock } from './hcl-options.ts';
import { interpolation } from './interpolation.ts';
import { type PluginTarget, type RawPlugin, readChain, readProvisioner } from './plugins.ts';
import type { Reading } from './reading.ts';
import { isSelected } from './selection.ts';
import { checkBody, checkLabels, unknownBlock } from './structure.ts';

/** A `source` block of the template. */
interface Source {
  type: string;
  name: string;
  scoped: ScopedBlock;
}

/** A source as a `build` uses it. */
interface Use {
  source: Source;
  /** Its own name in this build. */
  localName: string | undefined;
  /** What the build adds to it. */
  additions: ScopedBlock | undefined;
  start: number;
}

/** What is found: the qemu builders to run, all that could be named, and the others that are left out. */
export interface FoundBuilders {
  builders: Builder[];
  names: string[];
  otherTypes: { name: string; type: string }[];
}

/** Values only a running build has; they stand as `{{ .Name }}` in texts until then. */
export const BUILD_KEYS = [
  'ID',
  'Host',
  'Port',
  'User',
  'Password',
  'ConnType',
  'PackerRunUUID',
  'PackerHTTPPort',
  'PackerHTTPIP',
  'PackerHTTPAddr',
  'SSHPublicKey',
  'SSHPrivateKey',
  'WinRMPassword',
];

const BUILD_BLOCKS = [
  'source',
  'provisioner',
  'error-cleanup-provisioner',
  'post-processor',
  'post-processors',
  'hcp_packer_registry',
];

/** All builders of the `build` blocks. @throws GoldsmithError `bad-recipe` or `unsupported` */
export function hclBuilders(bodies: Body[], scope: Scope, secrets: string[], reading: Reading): FoundBuilders {
  const blocks = bodies.flatMap(body => blocksOf(body, scope));
  const sources = declareSources(blocks.filter(({ block }) => block.type === 'source'));
  const builds = blocks.filter(({ block }) => block.type === 'build');
  const found: FoundBuilders = { builders: [], names: [], otherTypes: [] };
  for (const build of builds) addBuilders(build, sources, secrets, reading, found);
  if (builds.length === 0) throw noBuild(bodies);
  return found;
}

function noBuild(bodies: Body[]): GoldsmithError {
  const body = bodies[0];
  const place = body ? { place: body.source.place(body.end) } : {};
  return new GoldsmithError('bad-recipe', 'The template has no "build" block.', {
    hint: 'A build names its sources: build { sources = ["source.qemu.name"] }.',
    details: place,
  });
}

function declareSources(blocks: ScopedBlock[]): Map<string, Source> {
  const sources = new Map<string, Source>();
  for (const scoped of blocks) {
    checkLabels(scoped.block, ['type', 'name']);
    const [type = '', name = ''] = scoped.block.labels.map(label => label.text);
    const key = `${type}.${name}`;
    if (sources.has(key))
      throw scoped.block.source.fail(scoped.block.typeSpan.start, `The source "${key}" is defined twice.`);
    sources.set(key, { type, name, scoped });
  }
  return sources;
}

function addBuilders(
  build: ScopedBlock,
  sources: Map<string, Source>,
  secrets: string[],
  reading: Reading,
  found: FoundBuilders,
): void {
  const { block, scope } = build;
  checkBody(block.body, 'build', ['name', 'description', 'sources'], BUILD_BLOCKS);
  const buildName = optionalText(block.body.attributes.get('name')?.value, scope);
  const inner = blocksOf(block.body, scope);
  const stranger = inner.find(({ block: one }) => !BUILD_BLOCKS.includes(one.type));
  if (stranger) throw unknownBlock(stranger.block, 'build', BUILD_BLOCKS);
  for (const use of usesOf(block, inner, sources, scope)) {
    const own = `${use.source.type}.${use.localName ?? use.source.name}`;
    const name = buildName ? `${buildName}.${own}` : own;
    found.names.push(name);
    if (!isSelected(name, reading)) continue;
    if (use.source.type !== 'qemu') found.otherTypes.push({ name, type: use.source.type });
    else found.builders.push(readBuilder({ name, own, buildName: buildName ?? '', use, inner, secrets }, reading));
  }
}

function optionalText(expression: Expression | undefined, scope: Scope): string | undefined {
  if (!expression) return undefined;
  const value = placed(expression, expression, () => convert(evaluate(expression, scope), STRING));
  return value.kind === 'string' && value.value !== '' ? value.value : undefined;
}

function usesOf(build: Block, inner: ScopedBlock[], sources: Map<string, Source>, scope: Scope): Use[] {
  const list = build.body.attributes.get('sources')?.value;
  const listed = list
    ? referencesOf(list, scope).map(({ text, at }) => ({ ...findSource(text, at, sources), additions: undefined }))
    : [];
  const nested = inner.filter(({ block }) => block.type === 'source').map(scoped => nestedUse(scoped, sources));
  const uses = [...listed, ...nested];
  if (uses.length > 0) return uses;
  throw build.source.fail(build.typeSpan.start, 'The build names no source.', 'Write: sources = ["source.qemu.name"]');
}

/** Each with its own place, where the list is written out. */
function referencesOf(list: Expression, scope: Scope): { text: string; at: Expression }[] {
  const value = placed(list, list, () => convert(evaluate(list, scope), { kind: 'list', element: STRING }));
  if (value.kind !== 'list') throw list.source.fail(list.start, 'The sources are not known before the build.');
  const places = list.kind === 'tuple' ? list.items : [];
  return value.items.map((item, nth) => ({
    text: item.kind === 'string' ? item.value : '',
    at: places[nth] ?? list,
  }));
}

/** `source.qemu.name` or `qemu.name`. */
function findSource(
  reference: string,
  at: { source: Block['source']; start: number },
  sources: Map<string, Source>,
): Use {
  const parts = reference.split('.');
  const [type = '', name = ''] = parts.length > 2 ? parts.slice(1) : parts;
  const source = sources.get(`${type}.${name}`);
  if (source) return { source, localName: undefined, additions: undefined, start: at.start };
  const known = [...sources.keys()].map(key => `source.${key}`);
  throw at.source.fail(
    at.start,
    `There is no source "${reference}".`,
    nameHint(`source.${type}.${name}`, known, 'sources'),
  );
}

function nestedUse(scoped: ScopedBlock, sources: Map<string, Source>): Use {
  const { block, scope } = scoped;
  checkLabels(block, ['reference']);
  const label = block.labels[0];
  const use = findSource(label?.text ?? '', { source: block.source, start: label?.span.start ?? 0 }, sources);
  const doubled = [...block.body.attributes.values()].find(
    attribute => attribute.name !== 'name' && use.source.scoped.block.body.attributes.has(attribute.name),
  );
  if (doubled) {
    const hint = 'As in Packer, a build only adds options: leave it out of the source and set it in each build.';
    throw block.source.fail(doubled.nameSpan.start, `"${doubled.name}" is set in the source already.`, hint);
  }
  return { ...use, localName: optionalText(block.body.attributes.get('name')?.value, scope), additions: scoped };
}

interface BuilderParts {
  name: string;
  /** `qemu.name`: what `only` and `except` of a provisioner name. */
  own: string;
  buildName: string;
  use: Use;
  inner: ScopedBlock[];
  secrets: string[];
}

function readBuilder(parts: BuilderParts, reading: Reading): Builder {
  const { use } = parts;
  const shownName = use.localName ?? use.source.name;
  const values: [string, Value][] = [
    ['type', textValue('qemu')],
    ['name', textValue(shownName)],
  ];
  const sourceScope = new Map([['source', objectValue(values)]]);
  const target: PluginTarget = { names: [parts.own], overrideKeys: [shownName] };
  const plugins = pluginContext(use.source.name, reading);
  const pluginScope = new Map([...sourceScope, ['build', buildValue(parts.buildName)] as const]);
  const raw = rawPlugins(parts.inner, pluginScope);
  const errorCleanup = readCleanup(raw.cleanup, target, plugins);
  const { block } = use.source.scoped;
  return {
    name: parts.name,
    type: 'qemu',
    place: block.source.place(block.typeSpan.start),
    source: readSource(use, sourceScope, reading),
    provisioners: raw.provisioners
      .map(plugin => readProvisioner(plugin, target, plugins))
      .filter((one): one is Provisioner => one !== undefined),
    ...(errorCleanup ? { errorCleanup } : {}),
    postProcessors: raw.chains
      .map(chain => readChain(chain, target, plugins, reading))
      .filter((chain): chain is PostProcessor[] => chain.length > 0),
    secrets: parts.secrets,
  };
}

/** The names of a build lie below those of `dynamic` blocks: the iterator of `dynamic "source"` is `source`, too. */
function childScope(scope: Scope, variables: Map<string, Value>): Scope {
  const { functions, parent } = scope;
  if (parent) return { ...scope, parent: childScope(parent, variables) };
  return { variables, functions, parent: scope };
}

/** The build's values: texts that are filled in when it runs. */
function buildValue(name: string): Value {
  const keys = BUILD_KEYS.map((key): [string, Value] => [key, buildPlaceholder(key)]);
  return objectValue([...keys, ['name', textValue(name)]]);
}

function pluginContext(buildName: string, reading: Reading): PluginContext {
  const render = interpolation(reading, { buildName, buildType: 'qemu', isBuildKnown: true });
  return { render, problems: reading.problems, references: reading.references };
}

function readSource(use: Use, variables: Map<string, Value>, reading: Reading) {
  const { source } = use;
  const { block, scope } = source.scoped;
  const raw = hclBlock(
    `the source "qemu.${source.name}"`,
    block.body,
    block.typeSpan.start,
    childScope(scope, variables),
  );
  if (use.additions) {
    const added = hclBlock('', use.additions.block.body, 0, childScope(use.additions.scope, variables));
    for (const [name, option] of added.options) if (name !== 'name') raw.options.set(name, option);
  }
  const render = interpolation(reading, { buildName: source.name, buildType: 'qemu', isBuildKnown: false });
  return qemuSource(raw, {
    render,
    problems: reading.problems,
    references: reading.references,
    buildName: source.name,
    env: reading.env,
  });
}

interface RawPlugins {
  provisioners: RawPlugin[];
  cleanup: RawPlugin[];
  chains: RawPlugin[][];
}

function rawPlugins(inner: ScopedBlock[], variables: Map<string, Value>): RawPlugins {
  const plugins: RawPlugins = { provisioners: [], cleanup: [], chains: [] };
  for (const scoped of inner) {
    const { type } = scoped.block;
    if (type === 'provisioner') plugins.provisioners.push(rawPlugin(scoped, variables));
    if (type === 'error-cleanup-provisioner') plugins.cleanup.push(rawPlugin(scoped, variables));
    if (type === 'post-processor') plugins.chains.push([rawPlugin(scoped, variables)]);
    if (type === 'post-processors') plugins.chains.push(rawChain(scoped, variables));
  }
  return plugins;
}

function rawChain({ block, scope }: ScopedBlock, variables: Map<string, Value>): RawPlugin[] {
  checkBody(block.body, 'post-processors', [], ['post-processor']);
  return blocksOf(block.body, scope).map(scoped => rawPlugin(scoped, variables));
}

function rawPlugin({ block, scope }: ScopedBlock, variables: Map<string, Value>): RawPlugin {
  checkLabels(block, ['type']);
  const type = block.labels[0]?.text ?? '';
  const what = `the ${block.type} "${type}"`;
  return { type, block: hclBlock(what, block.body, block.typeSpan.start, childScope(scope, variables)) };
}

function readCleanup(plugins: RawPlugin[], target: PluginTarget, context: PluginContext): Provisioner | undefined {
  const [first, second] = plugins;
  if (second)
    throw new GoldsmithError('bad-recipe', 'Only one "error-cleanup-provisioner" is possible.', {
      details: { place: second.block.place() },
    });
  return first && readProvisioner(first, target, context);
}
