import type { PlanStage } from '../model/stage.ts';
import type { Store } from '../store/store.ts';
import type { LayerRecord, Layers } from './checkpoint-layers.ts';
import { findRelease, findStage, isYoung, RELEASE_INPUT, RELEASE_KEY } from './stage-cache.ts';
import type { StageKey, StageRecord } from './stage-chain.ts';

/** What a change in a stage is called of which no inputs are known. */
const EARLIER = 'a stage before it';

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
  const done = first && (await newestThat(layers, store, image, first));
  const why = first && reasonOf(done, stages.slice(0, count + 1), nowMs);
  return stages.map(({ stage }, nth) => {
    if (nth === count && why) return { stage, ...why };
    return { stage, state: nth < count ? 'cached' : 'after', changed: [] };
  });
}

/** The newest build that did a stage, and whose work is still there. */
interface Done {
  at: string;
  /** Of the stage and all before it. */
  key: string;
  /** It and those before it, as far as they are known. */
  stages: Pick<StageRecord, 'stage' | 'inputs'>[];
}

/** @param stages up to the one that is not taken */
function reasonOf(done: Done | undefined, stages: StageKey[], nowMs: number): Pick<PlanStage, 'state' | 'changed'> {
  const key = stages.at(-1)?.key;
  if (!done) return { state: 'new', changed: [] };
  if (done.key === key) return { state: isYoung(done.at, nowMs) ? 'damaged' : 'old', changed: [] };
  const [changed = [EARLIER]] = stages
    .map(stage => changedIn(stage, done, stage.key === key))
    .filter(({ length }) => length > 0);
  return { state: 'changed', changed };
}

/** The inputs of a stage that are others now. @param isOwn otherwise they are named with their stage */
function changedIn({ stage, inputs }: StageKey, { stages }: Done, isOwn: boolean): string[] {
  const before = stages.find(one => one.stage === stage)?.inputs;
  if (!before) return [];
  const names = [...new Set([...Object.keys(before), ...Object.keys(inputs)])];
  const changed = names.filter(name => before[name] !== inputs[name]);
  return isOwn ? changed : changed.map(name => `${name} (${stage})`);
}

const newestThat = (layers: Layers, store: Store, image: string, { stage }: StageKey): Promise<Done | undefined> =>
  stage === 'release' ? releaseOf(store, image) : layerOf(layers, image, stage);

async function layerOf(layers: Layers, image: string, stage: string): Promise<Done | undefined> {
  const records = (await layers.frozen()).filter(record => record.image === image && record.stage?.stage === stage);
  const newest = records.sort((a, b) => (a.checkpoint.at < b.checkpoint.at ? 1 : -1))[0];
  if (!newest?.stage) return undefined;
  const chain = await layers.chain(newest.checkpoint.id).catch((): LayerRecord[] => [newest]);
  const stages = chain.flatMap(record => record.stage ?? []);
  return { at: newest.checkpoint.at, key: newest.stage.key, stages };
}

async function releaseOf(store: Store, image: string): Promise<Done | undefined> {
  const [newest] = (await store.list()).find(({ name }) => name === image)?.releases ?? [];
  const manifest = newest && (await store.manifest(`${image}@${newest.version}`).catch(() => undefined));
  const key = manifest?.inputs.find(({ name }) => name === RELEASE_KEY)?.sha256;
  if (!newest || !manifest || key === undefined) return undefined;
  const own = manifest.inputs.filter(({ name }) => name.startsWith(RELEASE_INPUT));
  const inputs = Object.fromEntries(own.map(({ name, sha256 }) => [name.slice(RELEASE_INPUT.length), sha256]));
  return { at: newest.at, key, stages: [{ stage: 'release', inputs }] };
}
