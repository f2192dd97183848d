import type { PlanOptions } from '../../model/plan.ts';
import { browse } from '../browse.ts';
import type { HandlersOf } from './context.ts';

export const RECIPE_CALLS: HandlersOf<'targets' | 'browse' | 'recipes' | 'lab.create' | 'recipe.form' | 'plan'> = {
  targets: async ({ folder }, { host }) => (await host.engine(folder)).targets(),
  browse: ({ folder }, { host }) => browse(host.folder(folder)),
  recipes: async () => {
    const { recipes } = await (await import('../../recipe/builtin/catalogue.ts')).readCatalogue();
    return recipes.map(({ name, title, ran }) => ({ name, title, wasRun: ran }));
  },
  'lab.create': async ({ recipe, folder }, { host }) => {
    const { readCatalogue } = await import('../../recipe/builtin/catalogue.ts');
    const { newLab } = await import('../../recipe/builtin/new-lab.ts');
    return newLab(await readCatalogue(), { recipe, folder: host.folder(folder) });
  },
  'recipe.form': async ({ folder, target }, { host }) => (await host.engine(folder)).recipe(target),
  plan: async ({ folder, target, variables, only }, { host }) => {
    const options: PlanOptions = {
      variables,
      variableFiles: [],
      only: only === undefined ? [] : [only],
      except: [],
      isFull: true,
    };
    return (await host.engine(folder)).plans(target, options);
  },
};
