import path from 'node:path';
import type { LabImage } from '../model/lab.ts';

/** The folder of a release's exports, as the lab says. */
export const handOffDir = ({ name, handOff }: LabImage, version: string): string =>
  path.join(handOff.dir, `${name}-${version}`);
