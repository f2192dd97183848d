import { stat } from 'node:fs/promises';
import path from 'node:path';
import { findTargets, textValues } from '../build/target.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { LabImage } from '../model/lab.ts';
import type { RecipeForm } from '../model/plan.ts';
import type { RecipeVariable } from '../model/recipe.ts';
import { findLab, readLab } from '../recipe/lab.ts';
import { readRecipeVariables } from '../recipe/read.ts';
import type { EngineDeps } from './deps.ts';

/** The variables of an image of the lab, or of a template, with the values they have before anybody sets any. */
export async function recipeForm(deps: EngineDeps, target: string): Promise<RecipeForm> {
  const image = await imageOfLab(deps, target);
  const recipe = image?.recipe ?? path.resolve(deps.cwd, target);
  if (!image && !(await stat(recipe).catch(() => undefined))) {
    throw new GoldsmithError('not-found', `"${target}" is neither an image of the lab nor a Packer template.`);
  }
  const variables = await readRecipeVariables(recipe, {
    cwd: deps.cwd,
    variables: image ? textValues(image.variables) : {},
    variableFiles: image?.variableFiles ?? [],
  });
  return {
    target,
    recipe,
    ...(image?.description === undefined ? {} : { description: image.description }),
    variables: variables.map(withoutSecret),
    builders: await buildersOf(deps, target, image),
  };
}

async function imageOfLab(deps: EngineDeps, name: string): Promise<LabImage | undefined> {
  const lab = await findLab(deps.cwd);
  return lab === undefined ? undefined : (await readLab(lab)).images.find(image => image.name === name);
}

const withoutSecret = (variable: RecipeVariable): RecipeVariable =>
  variable.sensitive ? { ...variable, value: undefined } : variable;

/** A template whose variables lack values cannot say yet what it builds. */
async function buildersOf(deps: EngineDeps, target: string, image: LabImage | undefined): Promise<string[]> {
  if (image) return [];
  const options = { cwd: deps.cwd, variables: {}, variableFiles: [], only: [], except: [], isLenient: true };
  const targets = await findTargets(target, { ...options, mirror: async () => ({}) }).catch(() => []);
  return targets.map(({ builder }) => builder.name);
}
