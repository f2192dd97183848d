import type { PlanStage } from '../model/stage.ts';
import type { Store } from '../store/store.ts';
import type { Layers } from './checkpoint-layers.ts';
import { findRelease, findStage, RELEASE_INPUT } from './stage-cache.ts';
import type { StageKey } from './stage-chain.ts';
import type { Inputs } from './stage-inputs.ts';

/** Which stages a build started now would take from earlier ones, and for the first it would not, why. */
export async function planStages(
  layers: Layers,
  store: Store,
  image: string,
  stages: StageKey[],
  nowMs: number,
): Promise<PlanStage[]> {
  const isReleased = (await findRelease(store, image, stages, nowMs)) !== undefined;
  const count = isReleased ? stages.length : ((await findStage(layers, stages, nowMs))?.count ?? 0);
  const first = stages[count];
  const why = first && (await reasonOf(layers, store, image, first));
  return stages.map(({ stage }, nth) => {
    if (nth === count && why) return { stage, ...why };
    return { stage, state: nth < count ? 'cached' : 'after', changed: [] };
  });
}

async function reasonOf(
  layers: Layers,
  store: Store,
  image: string,
  { stage, inputs }: StageKey,
): Promise<Pick<PlanStage, 'state' | 'changed'>> {
  const before = stage === 'release' ? await releasedInputs(store, image) : await keptInputs(layers, image, stage);
  if (!before) return { state: 'new', changed: [] };
  const names = [...new Set([...Object.keys(before), ...Object.keys(inputs)])];
  const changed = names.filter(name => before[name] !== inputs[name]);
  return { state: changed.length > 0 ? 'changed' : 'gone', changed };
}

/** Those of the newest build of the image that did the stage. */
async function keptInputs(layers: Layers, image: string, stage: string): Promise<Inputs | undefined> {
  const records = (await layers.frozen()).filter(record => record.image === image && record.stage?.stage === stage);
  const newest = records.sort((a, b) => (a.checkpoint.at < b.checkpoint.at ? 1 : -1))[0];
  return newest?.stage?.inputs;
}

async function releasedInputs(store: Store, image: string): Promise<Inputs | undefined> {
  const [newest] = (await store.list()).find(({ name }) => name === image)?.releases ?? [];
  const manifest = newest && (await store.manifest(`${image}@${newest.version}`).catch(() => undefined));
  const own = manifest?.inputs.filter(({ name }) => name.startsWith(RELEASE_INPUT)) ?? [];
  if (own.length === 0) return undefined;
  return Object.fromEntries(own.map(({ name, sha256 }) => [name.slice(RELEASE_INPUT.length), sha256]));
}
