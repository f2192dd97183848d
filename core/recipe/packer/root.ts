import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';
import { globRegex } from '../hcl/functions/glob.ts';
import type { FileReference } from '../options/references.ts';
import type { Reading } from './reading.ts';

/** How many folders above the template may be the one that its paths are relative to. */
const FOLDERS_ABOVE = 3;

/**
 * The folder that relative paths of the recipe are relative to. For Packer that is the working directory; when a named
 * file is not there, the template's folder and those above it are tried, and a note says which one it is.
 * @throws GoldsmithError `bad-recipe` at the first file that is nowhere.
 */
export async function chooseRoot(reading: Reading): Promise<string> {
  const references = reading.references.filter(({ path: name }) => !name.includes('{{'));
  const { workingDirectory } = reading;
  const missing = await firstMissing(references, workingDirectory);
  if (!missing) return workingDirectory;
  for (const folder of foldersAbove(path.resolve(workingDirectory, reading.directory))) {
    if (await firstMissing(references, folder)) continue;
    tellRoot(folder, reading);
    return folder;
  }
  if (missing.kind === 'optional') return workingDirectory;
  throw notThere(missing, workingDirectory);
}

function foldersAbove(folder: string): string[] {
  const folders = [folder];
  for (
    let above = path.dirname(folder);
    folders.length <= FOLDERS_ABOVE && above !== folders.at(-1);
    above = path.dirname(above)
  )
    folders.push(above);
  return folders;
}

function tellRoot(folder: string, reading: Reading): void {
  const message = `Relative paths are taken from ${folder}, where the recipe's files are.`;
  const hint = 'Packer takes them from the working directory.';
  reading.problems.push({ code: 'bad-recipe', severity: 'note', message, hint });
}

async function firstMissing(references: FileReference[], folder: string): Promise<FileReference | undefined> {
  for (const reference of references) if (!(await isThere(reference, folder))) return reference;
  return undefined;
}

async function isThere(reference: FileReference, folder: string): Promise<boolean> {
  if (reference.kind === 'glob' && /[*?[]/.test(reference.path)) return globRegex(reference.path) !== undefined;
  const found = await stat(path.resolve(folder, expanded(reference.path))).catch(() => undefined);
  if (!found) return false;
  return reference.kind === 'file' ? !found.isDirectory() : reference.kind === 'directory' ? found.isDirectory() : true;
}

const expanded = (name: string): string => (name.startsWith('~/') ? path.join(homedir(), name.slice(2)) : name);

function notThere(reference: FileReference, folder: string): GoldsmithError {
  const message = `${reference.what}: the file ${JSON.stringify(reference.path)} is not there.`;
  return new GoldsmithError('bad-recipe', message, {
    hint: `It was looked for in ${folder} and in the template's folder.`,
    details: { place: reference.place() },
  });
}
