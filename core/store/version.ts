import { run } from '../exec.ts';
import type { Lock } from './lock.ts';
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

/** A name that this process alone may use. */
export interface ReservedVersion extends VersionName {
  lock: Lock;
}

/**
 * What the next release of an image is called: the lab's commit, else the date; never a name that was used before, so
 * a second build of the same commit is `....2`, also one that begins in the same moment.
 */
export async function reserveVersion(labDir: string, image: string, store: Store, now: Date): Promise<ReservedVersion> {
  const describe = await describeLab(labDir, now);
  for (const name of namesOf(describe)) {
    const lock = await store.reserve(image, name.version);
    if (lock && !(await store.isTaken(image, name.version))) return { ...name, lock };
    await lock?.release();
  }
  throw new Error('There is always one more name.');
}

/** The first name of the lab's state that no release of this image has. */
export async function freeVersion(describe: string, image: string, store: Store): Promise<VersionName> {
  for (const name of namesOf(describe)) if (!(await store.isTaken(image, name.version))) return name;
  throw new Error('There is always one more name.');
}

function* namesOf(describe: string): Generator<VersionName> {
  const base = asVersionName(describe);
  const isDirty = describe.endsWith('-dirty');
  for (let count = 1; ; count++) yield { version: count === 1 ? base : `${base}.${count}`, describe, isDirty };
}
