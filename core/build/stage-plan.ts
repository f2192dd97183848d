import type { PlanStage } from '../model/stage.ts';
import type { Store } from '../store/store.ts';
import type { Layers } from './checkpoint-layers.ts';
import { findRelease, findStage, isYoung, RELEASE_INPUT, RELEASE_KEY } from './stage-cache.ts';
import { lineage, type StageKey, type StageRecord } from './stage-chain.ts';

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
  const why = first && reasonOf(await newestThat(layers, store, image, first), first, stages, nowMs);
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
  /** All that is in its work, as far as it is known. */
  stages: Pick<StageRecord, 'stage' | 'inputs'>[];
}

/** What is left may be of a later stage only: then it is a change in that one that keeps it from being taken. */
function reasonOf(
  done: Done | undefined,
  first: StageKey,
  stages: StageKey[],
  nowMs: number,
): Pick<PlanStage, 'state' | 'changed'> {
  if (!done) return { state: 'new', changed: [] };
  const isSame = done.key === first.key;
  const [changed] = (isSame ? stages : stages.slice(0, stages.indexOf(first) + 1))
    .map(stage => changedIn(stage, done, stage === first))
    .filter(({ length }) => length > 0);
  if (changed) return { state: 'changed', changed };
  if (!isSame) return { state: 'changed', changed: [EARLIER] };
  return { state: isYoung(done.at, nowMs) ? 'damaged' : 'old', changed: [] };
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
  const all = (await layers.frozen())
    .filter(record => record.image === image)
    .map(({ checkpoint: { at }, stage: last }) => ({ at, stages: lineage(last) }))
    .filter(({ stages }) => stages.some(one => one.stage === stage));
  const [newest] = all.sort((a, b) => (a.at < b.at ? 1 : -1));
  return newest && { ...newest, key: newest.stages.find(one => one.stage === stage)?.key ?? '' };
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
