import type { Lab, LabHost, LabImage } from '../../model/lab.ts';
import type { RecipeVariable } from '../../model/recipe.ts';
import type { TemplateValues } from './engine.ts';

type Layers = Pick<Lab, 'variables' | 'targets'>;

/**
 * What an image's templates see. Later wins: the recipe's own variables (with what the command line gave them), the lab's,
 * those of the target (`virtual/azure`), the image's own.
 */
export const imageValues = (
  lab: Layers,
  image: Pick<LabImage, 'name' | 'answers'>,
  recipe: readonly RecipeVariable[],
): TemplateValues => ({
  ...Object.fromEntries(recipe.map(({ name, value }) => [name, value])),
  ...lab.variables,
  ...(lab.targets[image.answers.target ?? ''] ?? {}),
  ...image.answers.variables,
  image: image.name,
  target: image.answers.target ?? '',
});

/**
 * What a machine's templates see. Later wins: the lab's variables, its image's (recipe's values and answers' variables),
 * its target's, its own, the command line's.
 * @param set from the command line
 */
export const hostValues = (
  lab: Layers,
  host: LabHost,
  image: LabImage | undefined,
  set: TemplateValues,
): TemplateValues => ({
  ...lab.variables,
  ...(image?.variables ?? {}),
  ...(image?.answers.variables ?? {}),
  ...(lab.targets[host.target ?? image?.answers.target ?? ''] ?? {}),
  ...host.variables,
  ...set,
  host: host.name.split('/').at(-1) ?? host.name,
  mac: host.mac ?? '',
  uuid: host.uuid ?? '',
  image: image?.name ?? '',
  target: host.target ?? image?.answers.target ?? '',
});
