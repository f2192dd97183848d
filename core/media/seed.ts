import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type IsoFile, makeDataIso } from './data-iso.ts';

export interface NoCloudSeed {
  metaData: string;
  userData: string;
  networkConfig?: string;
}

/** cloud-init finds a NoCloud seed by this label (cloudinit.readthedocs.io, datasource NoCloud). */
const NOCLOUD_LABEL = 'cidata';

/** A seed CD with the files of cloud-init's NoCloud data source. */
export const makeNoCloudSeed = (
  out: string,
  seed: NoCloudSeed,
  options: { signal?: AbortSignal } = {},
): Promise<void> =>
  makeContentIso(
    out,
    NOCLOUD_LABEL,
    {
      'meta-data': seed.metaData,
      'user-data': seed.userData,
      ...(seed.networkConfig === undefined ? {} : { 'network-config': seed.networkConfig }),
    },
    [],
    options,
  );

/**
 * A seed CD of texts and local files (Packer's `cd_content` and `cd_files`).
 * Texts pass through a private folder beside `out`, which is removed.
 */
export async function makeContentIso(
  out: string,
  label: string,
  content: Record<string, string>,
  files: string[],
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const scratch = `${out}.files`;
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  try {
    const written = await Promise.all(
      Object.entries(content).map(([name, text], nth) => writeText(scratch, name, text, nth)),
    );
    const local = files.map(source => ({ name: path.basename(source), source }));
    await makeDataIso(out, label, [...written, ...local], options);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Under a number, so that no name from a recipe is ever a path here. */
async function writeText(scratch: string, name: string, text: string, nth: number): Promise<IsoFile> {
  const source = path.join(scratch, String(nth));
  await writeFile(source, text, { mode: 0o600 });
  return { name, source };
}
