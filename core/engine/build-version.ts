import { stat } from 'node:fs/promises';
import type { Target } from '../build/target.ts';
import type { BuildOptions } from '../model/engine.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { LabImage } from '../model/lab.ts';
import type { Store } from '../store/store.ts';
import { type ReservedVersion, reserveVersion } from '../store/version.ts';
import { handOffDir } from './hand-off-dir.ts';

/**
 * The version that a build will release, this process's alone until its lock is released.
 * @throws GoldsmithError `exists`, `usage`, `busy` when another build is making the version that was asked for
 */
export async function versionFor(
  { image, root }: Target,
  { version, channel = image.channel }: BuildOptions,
  store: Store,
): Promise<ReservedVersion> {
  const reserved =
    version === undefined
      ? await reserveVersion(root, image.name, store, new Date())
      : await reserveGiven(store, image.name, version);
  try {
    await store.checkFree({ image: image.name, version: reserved.version, channel });
    await checkHandOff(image, reserved.version);
    return reserved;
  } catch (error) {
    await reserved.lock.release();
    throw error;
  }
}

async function reserveGiven(store: Store, image: string, version: string): Promise<ReservedVersion> {
  const lock = await store.reserve(image, version);
  if (lock) return { version, describe: version, isDirty: false, lock };
  throw new GoldsmithError('busy', `Another build is making ${image}@${version} right now.`, {
    hint: 'Wait for it, or give another --version.',
  });
}

/** Before a build spends its time on what could not be handed on. */
async function checkHandOff(image: LabImage, version: string): Promise<void> {
  if (image.exports.length === 0) return;
  const dir = handOffDir(image, version);
  if (await isThere(dir)) throw new GoldsmithError('exists', `${dir} is there already.`);
}

export const isThere = (dir: string): Promise<boolean> =>
  stat(dir).then(
    () => true,
    () => false,
  );
