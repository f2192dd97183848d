import path from 'node:path';
import { BUILD_VARIABLES, type BuildVariables, renderServedText } from '../boot/variables.ts';
import { GoldsmithError } from '../model/failure.ts';
import { snapshot } from './snapshot.ts';

/**
 * Takes everything a recipe serves, by absolute URL path. Nothing is read from the disk later, so no request and no
 * link planted afterwards can reach another file.
 * @throws GoldsmithError `bad-answers` for a content path without leading slash, a folder that cannot be read, a link
 *   that leaves it, or more than 256 MiB
 */
export async function collectAnswers(
  source: { httpDirectory?: string; httpContent: Record<string, string> },
  root: string,
): Promise<Map<string, Buffer>> {
  const content = Object.entries(source.httpContent).map(
    ([name, text]) => [requireSlash(name), Buffer.from(text)] as const,
  );
  const folder = source.httpDirectory === undefined ? [] : await snapshot(path.resolve(root, source.httpDirectory));
  return new Map([...content, ...folder]);
}

function requireSlash(name: string): string {
  if (name.startsWith('/')) return name;
  throw new GoldsmithError('bad-answers', `The http_content path ${JSON.stringify(name)} does not begin with "/".`, {
    hint: `Write ${JSON.stringify(`/${name}`)}.`,
  });
}

/**
 * Fills in the build's variables in text files, whatever their encoding (all that hold ASCII as it is). Binary files
 * and foreign templates stay as they are.
 */
export function renderAnswers(files: ReadonlyMap<string, Buffer>, variables: BuildVariables): Map<string, Buffer> {
  const values = inBytes(variables);
  return new Map([...files].map(([name, content]) => [name, renderFile(content, values)]));
}

/** The text files that may hold variables: for `httpAddress`, which has to see how they use the port. */
export const templateTexts = (files: ReadonlyMap<string, Buffer>): string[] =>
  [...files.values()].filter(isTemplate).map(content => content.toString('latin1'));

/** Latin-1 has one character for each byte, so that every byte that is not ours comes out as it went in. */
function renderFile(content: Buffer, values: BuildVariables): Buffer {
  return isTemplate(content) ? Buffer.from(renderServedText(content.toString('latin1'), values), 'latin1') : content;
}

const isTemplate = (content: Buffer): boolean => content.includes('{{') && !content.includes(0);

function inBytes(variables: BuildVariables): BuildVariables {
  const values = { ...variables };
  for (const name of BUILD_VARIABLES) values[name] = Buffer.from(variables[name], 'utf8').toString('latin1');
  return values;
}
