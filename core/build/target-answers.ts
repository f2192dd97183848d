import { collectAnswers } from '../answers/render.ts';
import { renderFolder } from '../answers/template/folder.ts';
import { imageValues } from '../answers/template/variables.ts';
import type { Target } from './target.ts';

/**
 * Everything a build of this target serves, by absolute URL path: the recipe's own files, and the lab's templates, which
 * win where both have a name. The build's own variables (`{{ .HTTPIP }}`) still stand in it.
 */
export async function collectTarget(
  target: Pick<Target, 'image' | 'builder' | 'recipe' | 'lab'>,
): Promise<Map<string, Buffer>> {
  const files = await collectAnswers(target.builder.source, target.recipe.root);
  return new Map([...files, ...(await templatedAnswers(target))]);
}

/** The lab's templates, rendered with the recipe's, the lab's, the target's and the image's variables. */
export async function templatedAnswers({
  image,
  recipe,
  lab,
}: Pick<Target, 'image' | 'recipe' | 'lab'>): Promise<Map<string, Buffer>> {
  if (image.answers.templates === undefined) return new Map();
  return renderFolder(image.answers.templates, imageValues(lab, image, recipe.variables));
}
