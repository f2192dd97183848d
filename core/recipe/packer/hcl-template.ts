import { isUtf8 } from 'node:buffer';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';
import type { RecipeVariable } from '../../model/recipe.ts';
import { PACKER_VERSION } from '../go-template/packer-functions.ts';
import type { Body } from '../hcl/ast.ts';
import type { Scope } from '../hcl/evaluate.ts';
import { parseFile } from '../hcl/parse-body.ts';
import { objectValue, STRING, textValue } from '../hcl/value.ts';
import { parseJsonBody } from '../json/hcl-body.ts';
import { SourceText } from '../source-text.ts';
import { type FoundBuilders, hclBuilders } from './hcl-builders.ts';
import { evaluateLocals } from './locals.ts';
import type { Reading, ReadOptions } from './reading.ts';
import { checkRoot } from './structure.ts';
import {
  assignVariables,
  checkVariables,
  declareVariables,
  recipeVariables,
  secretsOfVariables,
  type Variables,
  variablesValue,
} from './variables.ts';

export interface HclResult extends FoundBuilders {
  variables: RecipeVariable[];
}

/** The variables of a template as they stand, whether they have a value yet or not. @throws GoldsmithError `bad-recipe` */
export const readHclVariables = async (options: ReadOptions, reading: Reading): Promise<RecipeVariable[]> =>
  recipeVariables((await readVariables(options, reading)).variables);

async function readVariables(
  options: ReadOptions,
  reading: Reading,
): Promise<{ bodies: Body[]; variables: Variables }> {
  const files = await templateFiles(reading);
  const bodies = await Promise.all(files.templates.map(file => readBody(file)));
  bodies.forEach(checkRoot);
  const variables = declareVariables(bodies, reading);
  const cwd = reading.workingDirectory;
  const valueFiles = [...files.values, ...(options.variableFiles ?? []).map(file => path.resolve(cwd, file))];
  assignVariables(
    variables,
    await Promise.all(valueFiles.map(file => readBody(file))),
    options.variables ?? {},
    reading,
  );
  return { bodies, variables };
}

/** Reads a template in HCL2: a file, or all of a folder. @throws GoldsmithError `bad-recipe`, `unsupported`, `not-found` */
export async function readHclTemplate(options: ReadOptions, reading: Reading): Promise<HclResult> {
  const { bodies, variables } = await readVariables(options, reading);
  checkVariables(variables, reading);
  const before = { problems: reading.problems.length, references: reading.references.length };
  for (;;) {
    try {
      return evaluateAll(bodies, variables, reading);
    } catch (error) {
      // A value that is missing may be one of a server: it is asked, and everything evaluated again.
      const isMissing = error instanceof GoldsmithError && error.code === 'unsupported';
      if (!isMissing || !(await reading.http.ask())) throw error;
      reading.problems.length = before.problems;
      reading.references.length = before.references;
    }
  }
}

function evaluateAll(bodies: Body[], variables: Variables, reading: Reading): HclResult {
  const base = baseScope(reading);
  base.variables.set('var', variablesValue(variables));
  const locals = evaluateLocals(bodies, base, reading);
  base.variables.set('local', locals.local);
  base.variables.set('data', locals.data);
  const secrets = [...new Set([...secretsOfVariables(variables), ...locals.secrets])];
  return { ...hclBuilders(bodies, base, secrets, reading), variables: recipeVariables(variables) };
}

function baseScope(reading: Reading): Scope {
  return {
    functions: reading.functions,
    variables: new Map([
      [
        'path',
        objectValue([
          ['root', textValue(reading.directory)],
          ['cwd', textValue(reading.workingDirectory)],
        ]),
      ],
      [
        'packer',
        objectValue([
          ['version', textValue(PACKER_VERSION)],
          ['iterationID', { kind: 'unknown', type: STRING }],
          ['versionFingerprint', { kind: 'unknown', type: STRING }],
        ]),
      ],
    ]),
  };
}

const TEMPLATE_ENDINGS = ['.pkr.hcl', '.pkr.json'];
const VALUE_ENDINGS = ['.auto.pkrvars.hcl', '.auto.pkrvars.json'];

/** All templates of a folder, HCL before JSON, and the files of values that are read by themselves. */
async function templateFiles(reading: Reading): Promise<{ templates: string[]; values: string[] }> {
  const file = path.resolve(reading.workingDirectory, reading.path);
  if (!(await stat(file)).isDirectory()) return { templates: [file], values: [] };
  const entries = await readdir(file, { withFileTypes: true });
  const names = entries
    .filter(entry => !entry.isDirectory())
    .map(entry => entry.name)
    .sort();
  const ending = (endings: string[]): string[] =>
    endings.flatMap(end => names.filter(name => name.endsWith(end)).map(name => path.join(file, name)));
  const templates = ending(TEMPLATE_ENDINGS);
  if (templates.length === 0) throw noTemplate(reading.path, names);
  return { templates, values: ending(VALUE_ENDINGS) };
}

function noTemplate(folder: string, names: string[]): GoldsmithError {
  const legacy = names.filter(name => name.endsWith('.json') && !name.endsWith('.pkrvars.json'));
  const hint =
    legacy.length > 0
      ? `A JSON template is named itself: ${legacy.slice(0, 5).join(', ')}.`
      : 'Templates are named *.pkr.hcl or *.pkr.json.';
  return new GoldsmithError('bad-recipe', `There is no Packer template in ${folder}.`, {
    hint,
    details: { place: { file: folder } },
  });
}

async function readBody(file: string): Promise<Body> {
  const source = await readSource(file);
  return file.endsWith('.json') ? parseJsonBody(source) : parseFile(source);
}

const LARGEST_TEMPLATE_BYTES = 16 * 1024 * 1024;

/** The text of a file a person wrote. @throws GoldsmithError `not-found` or `bad-recipe` */
export async function readSource(file: string): Promise<SourceText> {
  try {
    if ((await stat(file)).size > LARGEST_TEMPLATE_BYTES) throw tooLarge(file);
    return decoded(file, await readFile(file));
  } catch (error) {
    if (error instanceof GoldsmithError) throw error;
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'is not there' : 'cannot be read';
    throw new GoldsmithError('not-found', `The file ${file} ${reason}.`, { cause: error });
  }
}

/** Templates are UTF-8, as Packer says; editors of Windows may save them otherwise. */
function decoded(file: string, bytes: Buffer): SourceText {
  const source = new SourceText(file, bytes.toString('utf8'));
  const hint = 'Save the file as UTF-8.';
  if (/^(\xff\xfe|\xfe\xff)/.test(bytes.toString('latin1', 0, 2))) throw source.fail(0, 'This file is UTF-16.', hint);
  if (!isUtf8(bytes)) throw source.fail(source.text.indexOf('\ufffd'), 'This character is not UTF-8.', hint);
  return source;
}

const tooLarge = (file: string): GoldsmithError =>
  new GoldsmithError('bad-recipe', `The file ${file} is too large for a template.`, { details: { place: { file } } });
