import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Answers } from '../../electron/ipc/contract.ts';
import { GoldsmithError } from '../model/failure.ts';

const LAB = 'lab.yaml';
const MOST = 500;

/** What a folder of the host holds for a build: folders, labs, templates. @throws GoldsmithError `not-found` */
export async function browse(folder: string): Promise<Answers['browse']> {
  const names = await readdir(folder, { withFileTypes: true }).catch(cause => {
    throw new GoldsmithError('not-found', `The folder ${folder} cannot be read.`, { cause });
  });
  const folders = names.filter(entry => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  const isLab = await Promise.all(folders.map(name => exists(path.join(folder, name, LAB))));
  const templates = names.filter(entry => entry.isFile() && isTemplate(entry.name)).map(({ name }) => name);
  const parent = path.dirname(folder);
  return {
    folder,
    ...(parent === folder ? {} : { parent }),
    isLab: names.some(({ name }) => name === LAB),
    entries: [
      ...folders
        .map((name, index) => ({ name, path: path.join(folder, name), kind: isLab[index] ? 'lab' : 'folder' }) as const)
        .sort(byName),
      ...templates.map(name => ({ name, path: path.join(folder, name), kind: 'template' }) as const).sort(byName),
    ].slice(0, MOST),
  };
}

const isTemplate = (name: string): boolean =>
  /\.pkr\.(hcl|json)$/.test(name) ||
  (name.endsWith('.json') && !/pkrvars|^package(-lock)?\.json$|^tsconfig/.test(name));

const byName = (a: { name: string }, b: { name: string }): number => a.name.localeCompare(b.name);

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );
