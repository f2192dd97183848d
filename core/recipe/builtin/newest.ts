import path from 'node:path';
import { fetchSmall } from '../../media/download.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { readRecipe } from '../read.ts';
import type { BuiltInRecipe, Catalogue } from './catalogue.ts';

/** What is known of a recipe's ISO. */
export type Freshness =
  | { state: 'current' | 'newer'; version: string; newest: string }
  /** The URL names no version: whatever is downloaded is the newest. */
  | { state: 'rolling' }
  /** The ISO is the user's own. */
  | { state: 'own' }
  /** The vendor could not be asked, or says nothing that is understood. */
  | { state: 'unknown'; version: string; reason: string };

type Fetch = (url: string) => Promise<string>;

const fetchPage =
  (signal: AbortSignal): Fetch =>
  async url =>
    (await fetchSmall(url, { signal, emit: () => {} })).toString('utf8');

/** Asks the vendor of a recipe for a newer ISO than the one it names. */
export async function checkFreshness(
  catalogue: Catalogue,
  recipe: BuiltInRecipe,
  signal: AbortSignal,
  fetch: Fetch = fetchPage(signal),
): Promise<Freshness> {
  const url = await isoUrl(catalogue, recipe);
  if (recipe.newest === undefined) return { state: /^https?:/.test(url) ? 'rolling' : 'own' };
  const { at, version: pattern } = recipe.newest;
  const version = versionsIn(url, pattern).at(0) ?? versionInPath(url);
  try {
    const newest = versionsIn(await fetch(at), pattern)
      .sort(compareVersions)
      .at(-1);
    if (newest === undefined) return { state: 'unknown', version, reason: `${at} names no version` };
    return { state: compareVersions(newest, version) > 0 ? 'newer' : 'current', version, newest };
  } catch (error) {
    if (!(error instanceof GoldsmithError) || error.code !== 'source-unreachable') throw error;
    return { state: 'unknown', version, reason: error.message };
  }
}

/** The ISO a recipe names, with no variable set but those of its file. */
async function isoUrl({ folder }: Catalogue, { template, variableFile }: BuiltInRecipe): Promise<string> {
  const root = path.join(folder, template);
  const variableFiles = variableFile === undefined ? [] : [path.join(root, variableFile)];
  const recipe = await readRecipe(root, { variableFiles, env: {}, cwd: root });
  return recipe.builders[0]?.source.isoUrls[0] ?? '';
}

const versionsIn = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, one = '']) => one);

/** Where a page lists folders, the pattern is of a link; in the URL the version is a folder too. */
const versionInPath = (url: string): string => /\/(\d+(?:\.\d+)*)\//.exec(url)?.[1] ?? '';

/** Numbers part by part: 13.10 is newer than 13.9. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map(one => one.split('.').map(Number));
  for (let nth = 0; nth < Math.max(left?.length ?? 0, right?.length ?? 0); nth++) {
    const difference = (left?.[nth] ?? 0) - (right?.[nth] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
