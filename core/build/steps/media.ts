import path from 'node:path';
import { makeFloppy } from '../../media/floppy.ts';
import { makeContentIso } from '../../media/seed.ts';
import type { BuildContext } from '../context.ts';
import { matchingFiles } from '../matching-files.ts';
import type { Scope } from '../scope.ts';

export interface SeedMedia {
  cdroms: string[];
  floppy?: string;
}

/** The recipe's own CD and floppy, where it has them. */
export async function createSeedMedia(
  scope: Scope,
  context: BuildContext,
  mediaDir = context.workDir,
): Promise<SeedMedia> {
  const { builder, recipe } = context.target;
  const { cdFiles, cdContent, cdLabel, floppyFiles, floppyDirs, floppyContent, floppyLabel } = builder.source;
  const files = (patterns: string[]): Promise<string[]> => matchingFiles(patterns, recipe.root);
  const media: SeedMedia = { cdroms: [] };
  if (cdFiles.length > 0 || Object.keys(cdContent).length > 0) {
    const cd = path.join(mediaDir, 'seed.iso');
    await makeContentIso(cd, cdLabel, cdContent, await files(cdFiles), { signal: scope.signal });
    media.cdroms.push(cd);
  }
  if (floppyFiles.length + floppyDirs.length > 0 || Object.keys(floppyContent).length > 0) {
    media.floppy = path.join(mediaDir, 'floppy.img');
    await makeFloppy(
      media.floppy,
      { files: await files(floppyFiles), dirs: await files(floppyDirs), content: floppyContent, label: floppyLabel },
      { signal: scope.signal },
    );
  }
  return media;
}
