import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../model/failure.ts';
import { globRegex } from '../recipe/hcl/functions/glob.ts';

const PATTERN = /[*?[]/;

/**
 * The files that a recipe's patterns name, absolute and sorted, as Packer's `floppy_files` and `cd_files` take them:
 * `*`, `?` and `[abc]` within a path's parts. A trailing slash stays: it means what is in a folder.
 * @throws GoldsmithError `bad-recipe` for a pattern that matches nothing
 */
export async function matchingFiles(patterns: string[], root: string): Promise<string[]> {
  return (await Promise.all(patterns.map(pattern => matching(pattern, root)))).flat();
}

async function matching(pattern: string, root: string): Promise<string[]> {
  const absolute = path.resolve(root, pattern) + (pattern.endsWith('/') ? '/' : '');
  if (!PATTERN.test(pattern)) return [absolute];
  const found = await walk(
    '/',
    absolute.split('/').filter(part => part !== ''),
  );
  if (found.length > 0) return found.sort();
  throw new GoldsmithError('bad-recipe', `No file matches ${pattern}.`, { hint: `It was looked for in ${root}.` });
}

async function walk(folder: string, [part, ...rest]: string[]): Promise<string[]> {
  if (part === undefined) return [];
  if (!PATTERN.test(part) && rest.length > 0) return walk(path.join(folder, part), rest);
  const regex = globRegex(part);
  const names = await readdir(folder).catch(() => []);
  const found = names.filter(name => regex.test(name)).map(name => path.join(folder, name));
  return rest.length === 0 ? found : (await Promise.all(found.map(inner => walk(inner, rest)))).flat();
}
