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

/** The state of the lab's repository; the date outside one. */
export async function describeLab(labDir: string, now: Date): Promise<string> {
  const git = await run('git', ['describe', '--always', '--dirty', '--tags'], { cwd: labDir }).catch(() => undefined);
  return git?.stdout.trim() || now.toISOString().slice(0, 10).replaceAll('-', '.');
}

/**
 * What the next release of an image is called: the lab's commit, else the date; never a name that was used before, so
 * a second build of the same commit is `....2`.
 */
export async function nextVersion(labDir: string, image: string, store: Store, now: Date): Promise<VersionName> {
  return freeVersion(await describeLab(labDir, now), image, store);
}

/** The first name of the lab's state that no release of this image has. */
export async function freeVersion(describe: string, image: string, store: Store): Promise<VersionName> {
  const base = asVersionName(describe);
  const isDirty = describe.endsWith('-dirty');
  for (let count = 1; ; count++) {
    const version = count === 1 ? base : `${base}.${count}`;
    if (!(await store.isTaken(image, version))) return { version, describe, isDirty };
  }
}
