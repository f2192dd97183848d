import { run } from '../exec.ts';
import { asVersionName } from './names.ts';
import type { Store } from './store.ts';

export interface VersionName {
  version: string;
  /** As `git describe` says it; the date outside a repository. */
  describe: string;
  /** The lab holds changes that are not committed. */
  isDirty: boolean;
}

/**
 * What the next release of an image is called: the lab's commit, else the date; never a name that was used before, so
 * a second build of the same commit is `....2`.
 */
export async function nextVersion(labDir: string, image: string, store: Store, now: Date): Promise<VersionName> {
  const git = await run('git', ['describe', '--always', '--dirty', '--tags'], { cwd: labDir }).catch(() => undefined);
  const describe = git?.stdout.trim() || now.toISOString().slice(0, 10).replaceAll('-', '.');
  const base = asVersionName(describe);
  const isDirty = describe.endsWith('-dirty');
  for (let count = 1; ; count++) {
    const version = count === 1 ? base : `${base}.${count}`;
    if (!(await store.isTaken(image, version))) return { version, describe, isDirty };
  }
}
