import type { ScreenProps } from '../screens.ts';
import { ChooseRecipe } from './choose-recipe.tsx';
import { RecipeScreen } from './recipe-screen.tsx';

/** First what to build, then with what: `#/new`, `#/new/IMAGE`; in the query a folder for other labs, and the build to do again. */
export function NewBuild({ route }: ScreenProps) {
  const [, target] = route.parts;
  const folder = route.query.get('folder') ?? undefined;
  if (target === undefined) return <ChooseRecipe folder={folder} />;
  const like = route.query.get('like') ?? undefined;
  return <RecipeScreen key={`${folder} ${target} ${like}`} target={target} folder={folder} like={like} />;
}
