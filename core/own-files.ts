import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = nearestPackage(import.meta.dirname);

/** How far up it is differs between the sources, what is compiled of them and the bundle. */
function nearestPackage(folder: string): string {
  const parent = path.dirname(folder);
  return parent === folder || existsSync(path.join(folder, 'package.json')) ? folder : nearestPackage(parent);
}

/** A file or folder of this installation of Goldsmith, by its path from the root: `setup/packages.tsv`. */
export const ownFile = (file: string): string => path.join(ROOT, file);

/** The version of this installation. */
export function version(): string {
  const { version: own } = JSON.parse(readFileSync(ownFile('package.json'), 'utf8')) as { version: string };
  return own;
}
