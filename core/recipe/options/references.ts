import type { Place } from '../../model/failure.ts';

/** A file of the host that a recipe names. Checked when all of them are known. */
export interface FileReference {
  path: string;
  /** `glob` may be a pattern; `optional` only helps to find the folder that paths are relative to. */
  kind: 'file' | 'directory' | 'any' | 'glob' | 'optional';
  /** For the message: `The script`. */
  what: string;
  place(): Place;
}
