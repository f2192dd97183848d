import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { GoldsmithError } from '../../model/failure.ts';
import { nearest } from '../../model/nearest.ts';
import { ownFile } from '../../own-files.ts';

const entry = z.strictObject({
  title: z.string().min(1),
  template: z.string().regex(/^[a-z]+$/),
  variable_file: z.string().optional(),
  /** Where the vendor says what there is: a page, and a pattern whose first group is a version on it. */
  newest: z.strictObject({ at: z.url(), version: z.string() }).optional(),
  ran: z.boolean(),
  /** Keys of an image of lab.yaml. What they mean is checked when a lab made of it is read. */
  image: z.record(z.string(), z.unknown()),
});

/** One built-in recipe: what `packer/recipes.yaml` says of it. */
export interface BuiltInRecipe {
  name: string;
  title: string;
  /** Name of the template's folder, below `packer/`. */
  template: string;
  /** Name of a file in that folder. */
  variableFile?: string;
  newest?: { at: string; version: RegExp };
  /** Whether it was installed for real by this project. */
  ran: boolean;
  image: Record<string, unknown>;
}

export interface Catalogue {
  /** The `packer` folder of this installation. */
  folder: string;
  recipes: BuiltInRecipe[];
}

/** Reads what Goldsmith has built in. */
export async function readCatalogue(): Promise<Catalogue> {
  const folder = ownFile('packer');
  const text = await readFile(path.join(folder, 'recipes.yaml'), 'utf8');
  const entries = z.record(z.string(), entry).parse(parse(text, { merge: true }));
  return { folder, recipes: Object.entries(entries).map(([name, raw]) => toRecipe(name, raw)) };
}

function toRecipe(name: string, raw: z.output<typeof entry>): BuiltInRecipe {
  const { title, template, ran, image, newest, variable_file: variableFile } = raw;
  return {
    name,
    title,
    template,
    ran,
    image,
    ...(variableFile === undefined ? {} : { variableFile }),
    ...(newest === undefined ? {} : { newest: { at: newest.at, version: new RegExp(newest.version, 'g') } }),
  };
}

/** @throws GoldsmithError `not-found` with the nearest name */
export function findRecipe({ recipes }: Catalogue, name: string): BuiltInRecipe {
  const found = recipes.find(recipe => recipe.name === name);
  if (found) return found;
  const names = recipes.map(recipe => recipe.name);
  const near = nearest(name, names);
  throw new GoldsmithError('not-found', `There is no built-in recipe ${JSON.stringify(name)}.`, {
    hint: near === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`,
  });
}
