import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../exec.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { readLab } from '../lab.ts';
import { NAME } from '../lab-schema.ts';
import { readRecipeVariables } from '../read.ts';
import { type BuiltInRecipe, type Catalogue, findRecipe } from './catalogue.ts';
import { labText } from './lab-text.ts';

export interface NewLab {
  folder: string;
  image: string;
  /** Whether git has taken it; it does not where there is no git, or inside another repository. */
  isCommitted: boolean;
}

/** What every template refers to, beside its own folder. */
const COMPANIONS = ['provision', 'variables', 'keys'];

/**
 * Makes a folder with a lab.yaml and a copy of a built-in recipe, which is the user's own from then on. It appears whole
 * or not at all.
 * @throws GoldsmithError `exists` for a folder that holds something, `not-found` for an unknown recipe, `usage` for a name
 *   that no image can have
 */
export async function newLab(
  catalogue: Catalogue,
  { folder, recipe: wanted, image: named }: { folder: string; recipe: string; image?: string },
): Promise<NewLab> {
  const recipe = findRecipe(catalogue, wanted);
  const image = named ?? recipe.name;
  if (!NAME.test(image)) {
    throw new GoldsmithError('usage', `${JSON.stringify(image)} cannot be the name of an image.`, {
      hint: 'Lower-case letters, digits, ".", "_" and "-", beginning with a letter or digit.',
    });
  }
  await requireEmpty(folder);
  await mkdir(path.dirname(folder), { recursive: true });
  const incoming = await mkdtemp(path.join(path.dirname(folder), `.${path.basename(folder)}-`));
  try {
    await fill(incoming, catalogue, recipe, image);
    await readLab(incoming); // a lab that cannot be read is none
    const isCommitted = await commit(incoming, `A lab with ${recipe.title}`);
    await rm(folder, { recursive: true, force: true });
    await rename(incoming, folder);
    return { folder, image, isCommitted };
  } catch (error) {
    await rm(incoming, { recursive: true, force: true });
    throw error;
  }
}

async function requireEmpty(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (!found || (found.isDirectory() && (await readdir(folder)).length === 0)) return;
  throw new GoldsmithError('exists', `${folder} is there already, and not empty.`, {
    hint: 'Name a folder that does not exist yet.',
  });
}

async function fill(target: string, { folder }: Catalogue, recipe: BuiltInRecipe, image: string): Promise<void> {
  const template = path.join(folder, recipe.template);
  for (const name of [recipe.template, ...COMPANIONS]) {
    await cp(path.join(folder, name), path.join(target, 'packer', name), {
      recursive: true,
      verbatimSymlinks: true, // a recipe's variables are a link to ../variables
      filter: source => !isOthers(source, recipe),
    });
  }
  await cp(path.join(folder, '..', 'ansible'), path.join(target, 'ansible'), { recursive: true });
  const variableFiles = recipe.variableFile === undefined ? [] : [path.join(template, recipe.variableFile)];
  const variables = await readRecipeVariables(template, { variableFiles, env: {}, cwd: template });
  await writeFile(path.join(target, 'lab.yaml'), labText(image, recipe, variables));
  await writeFile(path.join(target, '.gitignore'), '*.iso\noutput-*/\n.goldsmith/\n');
}

/** Variable files of other releases are of no use in a lab of one. */
const isOthers = (file: string, { variableFile }: BuiltInRecipe): boolean =>
  file.endsWith('.pkrvars.hcl') && path.basename(file) !== variableFile;

/** The first commit, so that a release has a version from its lab's history. Without git, or a name, there is none. */
async function commit(folder: string, message: string): Promise<boolean> {
  const git = (...args: string[]) => run('git', ['-C', folder, ...args], { timeoutMs: 30_000 });
  try {
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '--all');
    await git('commit', '--quiet', '--message', message);
    return true;
  } catch (error) {
    if (error instanceof GoldsmithError) return false;
    throw error;
  }
}
