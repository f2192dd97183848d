import type { PlanOptions } from '../../model/engine.ts';
import { browse } from '../browse.ts';
import type { HandlersOf } from './context.ts';

export const RECIPE_CALLS: HandlersOf<'targets' | 'browse' | 'recipe.form' | 'plan'> = {
  targets: async ({ folder }, { host }) => (await host.engine(folder)).targets(),
  browse: ({ folder }, { host }) => browse(host.folder(folder)),
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
