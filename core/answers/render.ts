import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { type BuildVariables, renderServedText } from '../boot/variables.ts';
import { GoldsmithError } from '../model/failure.ts';

/** All answers are held in memory; whoever serves an ISO tree has put it into the wrong folder. */
const MAX_TOTAL_BYTES = 256 * 1024 * 1024;

/**
 * Takes a snapshot of what a recipe serves. Nothing is read from the disk later, so no request and no link planted
 * afterwards can reach another file.
 * @throws GoldsmithError `bad-answers` for a missing folder, a link out of it, or more than 256 MiB
 */
export async function collectAnswers(
  source: { httpDirectory?: string; httpContent: Record<string, string> },
  root: string,
): Promise<Map<string, Buffer>> {
  const files = new Map(Object.entries(source.httpContent).map(([name, text]) => [name, Buffer.from(text)] as const));
  if (source.httpDirectory === undefined) return files;
  const folder = path.resolve(root, source.httpDirectory);
  const base = await realpath(folder).catch(cause => {
    throw new GoldsmithError('bad-answers', `The http_directory ${folder} cannot be read.`, { cause });
  });
  let total = 0;
  for (const file of await filesBelow(base, base)) {
    const content = await readFile(file);
    total += content.length;
    if (total > MAX_TOTAL_BYTES) {
      throw new GoldsmithError('bad-answers', `${folder} holds more than ${MAX_TOTAL_BYTES / 1024 / 1024} MiB.`, {
        hint: 'Serve only the answer files; packages and ISOs belong on a mirror.',
      });
    }
    files.set(`/${path.relative(base, file).split(path.sep).join('/')}`, content);
  }
  return files;
}

async function filesBelow(folder: string, base: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = await Promise.all(
    entries.map(async entry => {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(file, base);
      if (entry.isFile()) return [file];
      return entry.isSymbolicLink() ? linked(file, base) : [];
    }),
  );
  return nested.flat().sort();
}

/** A link inside the folder is followed to a file; one that leaves it would serve any file of the host. */
async function linked(file: string, base: string): Promise<string[]> {
  const target = await realpath(file).catch(() => undefined);
  if (target === undefined) return [];
  const isInside = target.startsWith(base + path.sep);
  if (!isInside) {
    throw new GoldsmithError('bad-answers', `${file} is a link out of the served folder, to ${target}.`, {
      hint: 'Copy the file into the folder if it is meant to be served.',
    });
  }
  return (await lstat(target)).isFile() ? [file] : [];
}

/** Fills in the build's variables in text files; binary files and foreign templates stay as they are. */
export const renderAnswers = (files: Map<string, Buffer>, variables: BuildVariables): Map<string, Buffer> =>
  new Map(
    [...files].map(([name, content]) => [
      name,
      isText(content) ? Buffer.from(renderServedText(content.toString('utf8'), variables)) : content,
    ]),
  );

const isText = (content: Buffer): boolean =>
  !content.includes(0) && Buffer.from(content.toString('utf8')).equals(content);
