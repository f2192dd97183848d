import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The version of the package this file belongs to, whether it runs compiled or not. */
export function version(dir: string = import.meta.dirname): string {
  try {
    const { name, version: own } = JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    if (name === 'goldsmith' && typeof own === 'string') return own;
  } catch {
    // not here: look above
  }
  const parent = path.dirname(dir);
  return parent === dir ? 'unknown' : version(parent);
}
