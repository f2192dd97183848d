import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { GoldsmithError } from '../../core/model/failure.ts';
import type { Recipe } from '../../core/model/recipe.ts';
import { readRecipe } from '../../core/recipe/read.ts';

/** The Packer templates of checked out repositories, each read as its users would. */

const LARGEST_BYTES = 1e6;
/** Values that a template's own readers are asked for, as in `-var version=1`. */
const MOST_VALUES = 40;
const MOST_VARIABLE_FILES = 40;

/** A template, how it was given its variables, and what became of it. */
export interface Found {
  /** Relative to the folder of all repositories. */
  name: string;
  template: string;
  /** The repository. */
  root: string;
  /** Where it was read from: the folder of the template. */
  cwd: string;
  variableFiles: string[];
  /** Made up for variables without a default. */
  variables: Record<string, string>;
  result: Recipe | GoldsmithError;
}

interface Repository {
  root: string;
  templates: string[];
  /** `*.pkrvars.hcl`, and JSON of plain values. */
  variableFiles: string[];
}

/** Builders of other types only, as far as it can be told. */
export const isOther = ({ result, template }: Found): boolean =>
  result instanceof GoldsmithError &&
  (/no qemu|no builder|no "build" block/i.test(result.message) ||
    !textsOf(template).some(text => /\bqemu\b/.test(text)));

const textsOf = (template: string): string[] =>
  (statSync(template).isDirectory()
    ? readdirSync(template)
        .filter(isHcl)
        .map(name => path.join(template, name))
    : [template]
  ).map(file => readFileSync(file, 'utf8'));

const isRefused = ({ result }: Found): boolean => result instanceof GoldsmithError;

/**
 * Every template below a folder whose entries are repositories: each JSON file by itself, HCL files of one folder as
 * one, or each by itself where the folder is a collection. What needs variables gets the files of its repository,
 * the nearest first, and then made-up values.
 */
export async function* foundBelow(folder: string): AsyncGenerator<Found> {
  for (const name of readdirSync(folder)) {
    const repository = lookInto({ root: path.join(folder, name), templates: [], variableFiles: [] });
    for (const template of repository.templates) {
      for (const found of await readUnit(template, repository))
        yield { ...found, name: path.relative(folder, found.name), root: repository.root };
    }
  }
}

function lookInto(repository: Repository, dir = repository.root): Repository {
  if (!statSync(dir).isDirectory()) return repository;
  const entries = readdirSync(dir, { withFileTypes: true }).filter(({ name }) => name !== '.git');
  if (entries.some(({ name }) => isHcl(name))) repository.templates.push(dir);
  for (const entry of entries) {
    const file = path.join(dir, entry.name);
    if (entry.isDirectory()) lookInto(repository, file);
    else if (/\.pkrvars\.(hcl|json)$/.test(entry.name)) repository.variableFiles.push(file);
    else if (entry.isFile() && entry.name.endsWith('.json') && !isHcl(entry.name)) sortJson(file, repository);
  }
  return repository;
}

const isHcl = (name: string): boolean => /\.pkr\.(hcl|json)$/.test(name);

function sortJson(file: string, repository: Repository): void {
  if (statSync(file).size > LARGEST_BYTES) return;
  const text = readFileSync(file, 'utf8');
  if (/"builders"\s*:/.test(text)) repository.templates.push(file);
  else if (/^\s*\{(?:\s*"[\w-]+"\s*:\s*(?:"[^"]*"|[\d.]+|true|false)\s*,?)+\s*\}\s*$/.test(text))
    repository.variableFiles.push(file);
}

async function readUnit(template: string, repository: Repository): Promise<Found[]> {
  const whole = await readWithVariables(template, repository);
  if (!isRefused(whole) || !statSync(template).isDirectory()) return [whole];
  const files = readdirSync(template).filter(isHcl);
  const alone: Found[] = [];
  for (const file of files) alone.push(await readWithVariables(path.join(template, file), repository));
  return alone.some(found => !isRefused(found)) ? alone.filter(found => !isOther(found)) : [whole];
}

async function readWithVariables(template: string, repository: Repository): Promise<Found> {
  const first = await readOne(template, [], {});
  if (!isRefused(first) || isOther(first)) return first;
  const near = (file: string): number => path.relative(path.dirname(template), file).split(path.sep).length;
  const files = repository.variableFiles
    .filter(file => !template.endsWith('.json') || file.endsWith('.json'))
    .sort((a, b) => near(a) - near(b))
    .slice(0, MOST_VARIABLE_FILES);
  for (const file of files) {
    const found = await readOne(template, [file], {});
    if (!isRefused(found)) return found;
  }
  const given = await readOne(template, [], {}, true);
  return isRefused(given) ? first : given;
}

const madeUp = (name: string): string => (/checksum|sha\d+/i.test(name) ? 'none' : '1');

async function readOne(
  template: string,
  variableFiles: string[],
  variables: Record<string, string>,
  isGiving = false,
): Promise<Found> {
  const cwd = statSync(template).isDirectory() ? template : path.dirname(template);
  const found = { name: template, template, root: cwd, cwd, variableFiles, variables };
  try {
    return { ...found, result: await readRecipe(template, { cwd, env: {}, lenient: true, variableFiles, variables }) };
  } catch (error) {
    if (!(error instanceof GoldsmithError)) throw error;
    const [, missing] = /^The variable "(.*)" has no value/.exec(error.message) ?? [];
    if (missing === undefined || !isGiving || Object.keys(variables).length >= MOST_VALUES)
      return { ...found, result: error };
    return readOne(template, variableFiles, { ...variables, [missing]: madeUp(missing) }, true);
  }
}
