import { GoldsmithError } from '../model/failure.ts';
import type { ReleaseInfo } from '../model/image.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Store } from '../store/store.ts';
import type { LayerRecord, Layers } from './checkpoint-layers.ts';
import type { StageKey } from './stage-chain.ts';

/**
 * What was installed longer ago is not begun from: packages of a mirror have no key, and an image that is built again
 * each week is to have this week's.
 */
export const STAGE_MAX_AGE_MS = 7 * 24 * 3600 * 1000;

/** The inputs of a manifest that say which stages a release is made of. */
export const RELEASE_KEY = 'stages';
export const RELEASE_INPUT = 'stage release: ';

/** Whether what was done then is still begun from. */
export const isYoung = (at: string, nowMs: number): boolean => nowMs - Date.parse(at) < STAGE_MAX_AGE_MS;

/** How far earlier builds got with the same inputs. */
export interface CachedStage {
  record: LayerRecord;
  /** How many of the stages are in it. */
  count: number;
}

/** The layer that holds most of the stages and is whole. @param isUsable asked last, of the one that would be taken */
export async function findStage(
  layers: Layers,
  stages: StageKey[],
  nowMs: number,
  isUsable: (record: LayerRecord) => Promise<boolean> = async () => true,
): Promise<CachedStage | undefined> {
  const records = await layers.frozen();
  for (let count = stages.length; count > 0; count--) {
    const stage = stages[count - 1];
    const fitting = records
      .filter(record => record.stage?.key === stage?.key && isYoung(record.checkpoint.at, nowMs))
      .sort((a, b) => (a.checkpoint.at < b.checkpoint.at ? 1 : -1));
    for (const { checkpoint } of fitting) {
      const record = await layers.verify(checkpoint.id).catch(ignoreDamage);
      if (record && (await isUsable(record))) return { record, count };
    }
  }
  return undefined;
}

function ignoreDamage(error: unknown): undefined {
  if (error instanceof GoldsmithError) return undefined;
  throw error;
}

/** A release that was made of exactly these stages. */
export async function findRelease(
  store: Store,
  image: string,
  stages: StageKey[],
  nowMs: number,
): Promise<ReleaseInfo | undefined> {
  const key = stages.at(-1)?.key;
  const found = (await store.list()).find(({ name }) => name === image);
  for (const release of found?.releases ?? []) {
    if (!isYoung(release.at, nowMs)) continue;
    const manifest = await store.manifest(`${image}@${release.version}`).catch(() => undefined);
    if (manifest?.inputs.some(({ name, sha256 }) => name === RELEASE_KEY && sha256 === key)) return release;
  }
  return undefined;
}

/** What a release's manifest says of the stages in it. */
export const releaseInputsOf = ({ key, inputs }: Pick<StageKey, 'key' | 'inputs'>): Manifest['inputs'] => [
  { kind: 'other', name: RELEASE_KEY, sha256: key },
  ...Object.entries(inputs).map(([name, sha256]) => ({
    kind: 'other' as const,
    name: `${RELEASE_INPUT}${name}`,
    sha256,
  })),
];
