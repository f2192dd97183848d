import { rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../exec.ts';

export interface IsoFile {
  /** Path inside the ISO. */
  name: string;
  /** A local file or folder. */
  source: string;
}

/** Fixed, so that the same files give the same bytes: 1 January 2020, in the form xorriso wants. */
const FIXED_TIME = '2020010100000000';

/**
 * Writes a data CD with Joliet and Rock Ridge names, as seeds for cloud-init and installers need it.
 * @param label Volume id, at most 32 characters
 */
export async function makeDataIso(
  out: string,
  label: string,
  files: IsoFile[],
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  await rm(out, { force: true });
  const maps = files.flatMap(({ name, source }) => ['-map', path.resolve(source), path.posix.resolve('/', name)]);
  await run(
    'xorriso',
    [
      ...['-volume_date', 'all_file_dates', FIXED_TIME, '-volume_date', 'uuid', FIXED_TIME],
      ...['-outdev', `stdio:${path.resolve(out)}`, '-volid', label, '-joliet', 'on', '-rockridge', 'on'],
      ...['-uid', '0', '-gid', '0', ...maps, '-commit'],
    ],
    options,
  );
}
