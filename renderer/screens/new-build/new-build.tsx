import type { ScreenProps } from '../screens.ts';
import { ChooseRecipe } from './choose-recipe.tsx';
import { RecipeScreen } from './recipe-screen.tsx';

/** First what to build, then with what: `#/new`, `#/new/IMAGE`, and a folder in the query for other labs. */
export function NewBuild({ route }: ScreenProps) {
  const [, target] = route.parts;
  const folder = route.query.get('folder') ?? undefined;
  if (target === undefined) return <ChooseRecipe folder={folder} />;
  return <RecipeScreen key={`${folder} ${target}`} target={target} folder={folder} />;
}
