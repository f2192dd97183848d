import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { GoldsmithError } from '../model/failure.ts';
import type { Recipe, RecipeVariable } from '../model/recipe.ts';
import { packerFunctions } from './hcl/functions/table.ts';
import { readLegacyTemplate, readLegacyVariables } from './json/legacy-template.ts';
import { nameHint } from './nearest.ts';
import type { FoundBuilders } from './packer/hcl-builders.ts';
import { readHclTemplate, readHclVariables } from './packer/hcl-template.ts';
import { HttpData } from './packer/http-data.ts';
import type { Reading, ReadOptions } from './packer/reading.ts';
import { chooseRoot } from './packer/root.ts';
import { utcMoment } from './time/moment.ts';

export type { ReadOptions } from './packer/reading.ts';

/**
 * Reads a Packer template and evaluates all of it by Packer's rules: a `.pkr.hcl`, `.pkr.json`, `.hcl` or `.json` file,
 * or a folder of templates. Values only a build has (`{{ .HTTPIP }}`) are left standing in the texts.
 * @throws GoldsmithError `not-found` when there is no such file, `bad-recipe` and `unsupported` with the place.
 */
export async function readRecipe(template: string, options: ReadOptions = {}): Promise<Recipe> {
  const reading = await startReading(template, options);
  const found = await readTemplate(options, reading);
  tellOthers(found, reading);
  if (found.builders.length === 0) throw nothingLeft(found, reading);
  const root = await chooseRoot(reading);
  return {
    path: template,
    root,
    builders: found.builders,
    builderNames: found.names,
    variables: found.variables,
    problems: reading.problems,
  };
}

/**
 * The variables of a template, for a form: also those that have no value yet, which `readRecipe` would refuse.
 * @throws GoldsmithError `not-found`, `bad-recipe`
 */
export async function readRecipeVariables(template: string, options: ReadOptions = {}): Promise<RecipeVariable[]> {
  const reading = await startReading(template, options);
  return isLegacy(reading) ? readLegacyVariables(options, reading) : readHclVariables(options, reading);
}

async function startReading(template: string, options: ReadOptions): Promise<Reading> {
  const workingDirectory = path.resolve(options.cwd ?? process.cwd());
  const located = path.resolve(workingDirectory, template);
  const found = await stat(located).catch(() => undefined);
  if (!found)
    throw new GoldsmithError('not-found', `There is no template ${template}.`, {
      hint: `It was looked for at ${located}.`,
    });
  const directory = found.isDirectory() ? template : path.dirname(template);
  const now = options.now ?? new Date();
  const context = { baseDirectory: directory, workingDirectory, now, homeDirectory: homedir() };
  return {
    path: template,
    directory,
    workingDirectory,
    env: options.env ?? process.env,
    only: options.only ?? [],
    except: options.except ?? [],
    isLenient: options.lenient ?? false,
    engine: { now: utcMoment(now), workingDirectory },
    functions: packerFunctions(context),
    problems: [],
    references: [],
    http: new HttpData(options.httpAnswers),
  };
}

/** `.json` is a legacy template, unless it is `.pkr.json`. */
function readTemplate(options: ReadOptions, reading: Reading) {
  return isLegacy(reading) ? readLegacyTemplate(options, reading) : readHclTemplate(options, reading);
}

const isLegacy = ({ path: file }: Reading): boolean => file.endsWith('.json') && !file.endsWith('.pkr.json');

function tellOthers({ otherTypes }: FoundBuilders, reading: Reading): void {
  for (const { name, type } of otherTypes) {
    const message = `The builder "${name}" is left out: Goldsmith runs qemu builders, not ${type}.`;
    reading.problems.push({ code: 'unsupported', severity: 'note', message });
  }
}

function nothingLeft({ names, otherTypes }: FoundBuilders, reading: Reading): GoldsmithError {
  const place = { file: reading.path };
  if (otherTypes.length > 0) {
    const types = [...new Set(otherTypes.map(other => other.type))].join(', ');
    return new GoldsmithError('unsupported', `The template has no qemu builder, only ${types}.`, {
      hint: 'Goldsmith runs the qemu builders of a template.',
      details: { place },
    });
  }
  const wanted = [...reading.only, ...reading.except.map(name => `not ${name}`)].join(', ');
  return new GoldsmithError('bad-recipe', `No builder of the template is named ${wanted}.`, {
    hint: nameHint(reading.only[0] ?? '', names, 'builders'),
    details: { place },
  });
}
