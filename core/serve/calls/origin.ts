import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Answers } from '../../../electron/ipc/contract.ts';
import { buildFiles } from '../../build/context.ts';
import type { RecipeForm } from '../../model/plan.ts';
import type { CallContext } from './context.ts';

/** What of a build's request matters for another try. */
const request = z.object({
  target: z.string(),
  cwd: z.string(),
  options: z.object({ variables: z.record(z.string(), z.string()), only: z.array(z.string()) }),
});

/**
 * What a build was started with. A build without a request is one of the lab's image. Values that the recipe, as it is
 * now, keeps secret are left out; of a recipe that cannot be read all are.
 */
export async function originOf(
  { build }: { build: string },
  { host }: Pick<CallContext, 'host'>,
): Promise<Answers['build.origin']> {
  const { dir, state } = await (await host.engine()).show(build);
  const text = await readFile(buildFiles(dir).request, 'utf8').catch(() => 'null');
  const { success, data } = request.safeParse(JSON.parse(text));
  if (!success) return { target: state.image, folder: host.folder(undefined), variables: {} };
  const { target, cwd, options } = data;
  const form = await (await host.engine(cwd)).recipe(target).catch(() => undefined);
  const [only] = options.only;
  return {
    target: isPath(target) ? path.resolve(cwd, target) : target,
    folder: cwd,
    variables: form ? withoutSecrets(options.variables, form) : {},
    ...(only === undefined ? {} : { only }),
  };
}

const isPath = (target: string): boolean => /\.(pkr\.hcl|json)$|\//.test(target);

const withoutSecrets = (values: Record<string, string>, { variables }: RecipeForm): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).filter(([name]) => variables.some(one => one.name === name && !one.sensitive)),
  );
