import { stat } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../model/failure.ts';
import type { Lab, LabImage } from '../model/lab.ts';
import { nearest } from '../model/nearest.ts';
import type { Builder, Recipe } from '../model/recipe.ts';
import { findLab, readLab } from '../recipe/lab.ts';
import { imageOfTemplate } from '../recipe/lab-image.ts';
import type { HttpAnswers } from '../recipe/packer/http-data.ts';
import { readRecipe } from '../recipe/read.ts';

export interface TargetOptions {
  cwd: string;
  variables: Record<string, string>;
  variableFiles: string[];
  only: string[];
  except: string[];
  isLenient?: boolean;
  httpAnswers?: HttpAnswers;
  /** PKR_VAR_ values of this host for the recipes whose ISO we make ourselves; asked for only then, it takes a while. */
  mirror: () => Promise<Record<string, string>>;
}

/** What is to be built: one builder of one recipe, and what the lab says of it. */
export interface Target {
  image: LabImage;
  recipe: Recipe;
  builder: Builder;
  /** Where versions come from, and where relative things of the lab are. */
  root: string;
  /** A Packer template that no lab names: its image is what Packer would have made, in Packer's output directory. */
  isBare: boolean;
  /** What the lab gives to templates of answers. */
  lab: Pick<Lab, 'variables' | 'targets'>;
}

/**
 * Finds what a person named: an image of the lab, or a Packer template.
 * @throws GoldsmithError `not-found` with the nearest name; what reading the lab and the recipe throws
 */
export async function findTarget(name: string, options: TargetOptions): Promise<Target> {
  const [target, ...others] = await findTargets(name, options);
  if (!target) throw new GoldsmithError('bad-recipe', `${name} has no builder left to run.`);
  if (others.length === 0) return target;
  const names = [target, ...others].map(({ builder }) => builder.name);
  throw new GoldsmithError('usage', `${target.recipe.path} has several builders.`, {
    hint: `Choose one with --only: ${names.slice(0, 20).join(', ')}.`,
  });
}

/** The same for a template with several builders, in their order. An image of the lab is always one builder. */
export async function findTargets(name: string, options: TargetOptions): Promise<Target[]> {
  const labFile = await findLab(options.cwd);
  const lab = labFile === undefined ? undefined : await readLab(labFile);
  const image = lab?.images.find(candidate => candidate.name === name);
  if (lab && image) return [await readLabTarget(image, lab, options)];
  const template = path.resolve(options.cwd, name);
  if (await stat(template).catch(() => undefined)) return readTemplate(template, options);
  throw unknownTarget(name, lab);
}

function unknownTarget(name: string, lab: Lab | undefined): GoldsmithError {
  const names = lab?.images.map(image => image.name) ?? [];
  const near = nearest(name, names);
  const known = lab ? `${lab.file} holds ${names.join(', ') || 'no image'}.` : 'There is no lab.yaml here or above.';
  return new GoldsmithError('not-found', `"${name}" is neither an image of the lab nor a Packer template.`, {
    hint: near ? `Did you mean ${near}?` : known,
  });
}

async function readLabTarget(image: LabImage, lab: Lab, options: TargetOptions): Promise<Target> {
  const recipe = await readRecipe(image.recipe, {
    ...readOptions(options),
    variables: { ...textValues(image.variables), ...options.variables },
    variableFiles: [...image.variableFiles, ...options.variableFiles],
    // Only recipes of ours are known to mean the same by these names; a person's own PKR_VAR_ wins.
    env: image.iso === undefined ? process.env : { ...(await options.mirror()), ...process.env },
    only: image.only === undefined ? options.only : [image.only],
  });
  const [builder, ...others] = recipe.builders;
  if (!builder) throw new GoldsmithError('bad-recipe', `${recipe.path} has no builder left to run.`);
  if (others.length === 0) return { image, recipe, builder, root: lab.root, isBare: false, lab };
  throw new GoldsmithError('usage', `${recipe.path} has several builders.`, {
    hint: `Choose one with --only, or "only" in lab.yaml: ${recipe.builders.map(({ name }) => name).join(', ')}.`,
  });
}

async function readTemplate(template: string, options: TargetOptions): Promise<Target[]> {
  const recipe = await readRecipe(template, { ...readOptions(options), env: process.env });
  const isOne = recipe.builderNames.length === 1;
  return recipe.builders.map(builder => ({
    image: imageOfTemplate(template, builder, isOne ? '' : builder.name),
    recipe,
    builder,
    root: path.dirname(template),
    isBare: true,
    lab: { variables: {}, targets: {} },
  }));
}

const readOptions = (options: TargetOptions) => ({
  variables: options.variables,
  variableFiles: options.variableFiles,
  only: options.only,
  except: options.except,
  cwd: options.cwd,
  lenient: options.isLenient ?? false,
  ...(options.httpAnswers === undefined ? {} : { httpAnswers: options.httpAnswers }),
});

/** Values of lab.yaml as `-var` takes them: strings as they are, the rest as JSON, which HCL reads too. */
export const textValues = (variables: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
