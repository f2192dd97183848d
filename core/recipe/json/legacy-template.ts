import path from 'node:path';
import type { GoldsmithError } from '../../model/failure.ts';
import type { Builder, PostProcessor, Provisioner, RecipeVariable } from '../../model/recipe.ts';
import { nameHint } from '../nearest.ts';
import { qemuSource } from '../options/qemu-source.ts';
import type { FoundBuilders } from '../packer/hcl-builders.ts';
import { readSource } from '../packer/hcl-template.ts';
import { interpolation } from '../packer/interpolation.ts';
import { type RawPlugin, readChain, readProvisioner } from '../packer/plugins.ts';
import type { Reading, ReadOptions } from '../packer/reading.ts';
import { isSelected } from '../packer/selection.ts';
import type { SourceText } from '../source-text.ts';
import { jsonBlock, objectMembers, textMember } from './json-block.ts';
import { type JsonMember, type JsonNode, readJson } from './reader.ts';
import { repairPostProcessor, repairProvisioner } from './repairs.ts';
import { declaredVariables, type UserVariables, userVariables } from './user-variables.ts';

const ROOT_KEYS = [
  'min_packer_version',
  'description',
  'builders',
  'comments',
  'push',
  'post-processors',
  'provisioners',
  'error-cleanup-provisioner',
  'variables',
  'sensitive-variables',
];

/** Reads a legacy template in JSON. @throws GoldsmithError `bad-recipe` or `unsupported` with the place. */
export async function readLegacyTemplate(
  options: ReadOptions,
  reading: Reading,
): Promise<FoundBuilders & { variables: RecipeVariable[] }> {
  const cwd = reading.workingDirectory;
  reading.engine.templateDirectory = reading.directory;
  const source = await readSource(path.resolve(cwd, reading.path));
  const root = rootMembers(readJson(source), source);
  const files = (options.variableFiles ?? []).map(file => path.resolve(cwd, file));
  const fromFiles = Object.assign({}, ...(await Promise.all(files.map(valuesOfFile)))) as Record<string, string>;
  const variables = userVariables(
    root.get('variables')?.value,
    source,
    { ...fromFiles, ...options.variables },
    reading,
  );
  const sensitive = new Set(texts(root.get('sensitive-variables'), source));
  const secrets = [...sensitive].map(name => variables.value(name) ?? '').filter(value => value !== '');
  reading.engine.user = userFunction(variables, reading);
  return { ...findBuilders({ root, source, secrets }, reading), variables: variables.describe(sensitive) };
}

/** The variables of a template as they stand, whether they have a value yet or not. @throws GoldsmithError `bad-recipe` */
export async function readLegacyVariables(options: ReadOptions, reading: Reading): Promise<RecipeVariable[]> {
  const source = await readSource(path.resolve(reading.workingDirectory, reading.path));
  const root = rootMembers(readJson(source), source);
  const sensitive = new Set(texts(root.get('sensitive-variables'), source));
  return declaredVariables(root.get('variables')?.value, source, options.variables ?? {}, sensitive);
}

/** The members by key; a key that Packer does not know is refused, unless it begins with "_". */
function rootMembers(node: JsonNode, source: SourceText): Map<string, JsonMember> {
  const members = new Map<string, JsonMember>();
  for (const member of objectMembers(node, source, 'a template')) {
    if (member.key.startsWith('_')) continue;
    if (!ROOT_KEYS.includes(member.key)) {
      const hint = looksLikeVariables(node) ? VARIABLES_HINT : nameHint(member.key, ROOT_KEYS, 'parts of a template');
      throw source.fail(member.keyStart, `A template has no "${member.key}".`, hint);
    }
    members.set(member.key, member);
  }
  return members;
}

const VARIABLES_HINT = 'This looks like a file of variables: name the template, and give this file with -var-file.';

/** Texts only, and no builders. */
const looksLikeVariables = (node: JsonNode): boolean =>
  node.kind === 'object' && node.members.every(({ value }) => value.kind !== 'object' && value.kind !== 'array');

async function valuesOfFile(file: string): Promise<Record<string, string>> {
  const source = await readSource(file);
  if (file.endsWith('.hcl')) throw source.fail(0, 'The variables of a JSON template stand in a JSON file.');
  const members = objectMembers(readJson(source), source, 'a file of variables');
  return Object.fromEntries(members.map(({ key, value }) => [key, scalarText(value, source)]));
}

function scalarText(node: JsonNode, source: SourceText): string {
  if (node.kind === 'string' || node.kind === 'bool') return String(node.value);
  if (node.kind === 'number') return node.text;
  throw source.fail(node.start, 'The value of a variable is a text.');
}

function texts(member: JsonMember | undefined, source: SourceText): string[] {
  if (!member || member.value.kind === 'null') return [];
  if (member.value.kind !== 'array') throw source.fail(member.value.start, `"${member.key}" is a list of texts.`);
  return member.value.items.map(item => scalarText(item, source));
}

/** An unknown variable is empty, as in Packer; that is worth a warning. */
function userFunction(variables: UserVariables, reading: Reading): (name: string) => string {
  const told = new Set<string>();
  return name => {
    const value = variables.value(name);
    if (value !== undefined) return value;
    if (!told.has(name)) {
      const message = `The template uses the variable "${name}", which it does not declare; it is empty.`;
      reading.problems.push({
        code: 'bad-recipe',
        severity: 'warning',
        message,
        hint: nameHint(name, variables.names, 'variables'),
      });
      told.add(name);
    }
    return '';
  };
}

interface LegacyTemplate {
  root: Map<string, JsonMember>;
  source: SourceText;
  secrets: string[];
}

function items(template: LegacyTemplate, key: string): JsonNode[] {
  const value = template.root.get(key)?.value;
  if (!value || value.kind === 'null') return [];
  if (value.kind !== 'array') throw template.source.fail(value.start, `"${key}" is a list.`);
  return value.items;
}

function findBuilders(template: LegacyTemplate, reading: Reading): FoundBuilders {
  const found: FoundBuilders = { builders: [], names: [], otherTypes: [] };
  const { source } = template;
  for (const node of items(template, 'builders')) {
    const type = textMember(node, 'type');
    objectMembers(node, source, 'a builder');
    if (!type) throw source.fail(node.start, 'A builder has a "type".');
    const name = builderName(node, type, source, reading);
    if (found.names.includes(name))
      throw source.fail(node.start, `Two builders are named "${name}".`, 'Give them different names with "name".');
    found.names.push(name);
    if (!isSelected(name, reading)) continue;
    if (type === 'qemu') found.builders.push(readBuilder(node, name, template, reading));
    else found.otherTypes.push({ name, type });
  }
  if (found.names.length === 0) throw noBuilders(template);
  checkOverrides(template, found.names);
  return found;
}

/** An override for a builder that does not exist changes nothing, and somebody meant it to. Packer refuses it, too. */
function checkOverrides(template: LegacyTemplate, names: string[]): void {
  for (const item of items(template, 'provisioners')) {
    const override = item.kind === 'object' ? item.members.find(({ key }) => key === 'override')?.value : undefined;
    if (override?.kind !== 'object') continue;
    const unknown = override.members.find(({ key }) => !key.startsWith('_') && !names.includes(key));
    if (!unknown) continue;
    const message = `"override" is for a builder "${unknown.key}", and there is none of that name.`;
    throw template.source.fail(unknown.keyStart, message, nameHint(unknown.key, names, 'builders'));
  }
}

function noBuilders({ root, source }: LegacyTemplate): GoldsmithError {
  return source.fail(
    root.get('builders')?.value.start ?? 0,
    'The template has no builders.',
    'A legacy template has "builders": [ ... ].',
  );
}

function builderName(node: JsonNode, type: string, source: SourceText, reading: Reading): string {
  const render = interpolation(reading, { buildName: '', buildType: type, isBuildKnown: false });
  return render(textMember(node, 'name') || type, undefined, () => source.place(node.start));
}

function readBuilder(node: JsonNode, name: string, template: LegacyTemplate, reading: Reading): Builder {
  const { source } = template;
  const { problems, references, env } = reading;
  const block = jsonBlock(`the builder "${name}"`, node, source, problems, ['type', 'name']);
  const names = { buildName: name, buildType: 'qemu' };
  const render = interpolation(reading, { ...names, isBuildKnown: false });
  const plugins = { render: interpolation(reading, { ...names, isBuildKnown: true }), problems, references };
  const target = { names: [name], overrideKeys: [name] };
  const cleanup = template.root.get('error-cleanup-provisioner')?.value;
  const errorCleanup =
    cleanup && cleanup.kind !== 'null'
      ? readProvisioner(rawProvisioner(cleanup, template, reading), target, plugins)
      : undefined;
  const provisioners = items(template, 'provisioners').map(item =>
    readProvisioner(rawProvisioner(item, template, reading), target, plugins),
  );
  const chains = items(template, 'post-processors').map(item =>
    readChain(rawChain(item, template, reading), target, plugins, reading),
  );
  return {
    name,
    type: 'qemu',
    place: source.place(node.start),
    source: qemuSource(block, { render, problems, references, buildName: name, env }),
    provisioners: provisioners.filter((one): one is Provisioner => one !== undefined),
    ...(errorCleanup ? { errorCleanup } : {}),
    postProcessors: chains.filter((chain): chain is PostProcessor[] => chain.length > 0),
    secrets: template.secrets,
  };
}

function rawProvisioner(node: JsonNode, { source }: LegacyTemplate, reading: Reading): RawPlugin {
  const type = textMember(node, 'type');
  objectMembers(node, source, 'a provisioner');
  if (!type) throw source.fail(node.start, 'A provisioner has a "type".');
  const block = jsonBlock(`the provisioner "${type}"`, node, source, reading.problems, ['type']);
  return { type, block: repairProvisioner(type, block, reading.problems) };
}

/** A name, an object, or a list of both that run one after the other. */
function rawChain(node: JsonNode, template: LegacyTemplate, reading: Reading): RawPlugin[] {
  const { source } = template;
  if (node.kind === 'array') return node.items.map(item => rawPostProcessor(item, source, reading));
  return [rawPostProcessor(node, source, reading)];
}

function rawPostProcessor(node: JsonNode, source: SourceText, reading: Reading): RawPlugin {
  if (node.kind === 'string') {
    const block = {
      what: `the post-processor "${node.value}"`,
      place: () => source.place(node.start),
      options: new Map(),
    };
    return { type: node.value, block };
  }
  const type = textMember(node, 'type');
  if (node.kind !== 'object' || !type)
    throw source.fail(node.start, 'A post-processor is a name, or an object with a "type".');
  const block = jsonBlock(`the post-processor "${type}"`, node, source, reading.problems, ['type']);
  return { type, block: repairPostProcessor(type, block, reading.problems) };
}
