import { rm } from 'node:fs/promises';
import { type LayerRecord, Layers } from '../build/checkpoint-layers.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { Removal } from '../model/image.ts';
import type { CachedLayer, CacheInfo } from '../model/stage.ts';
import { allocatedBytes } from '../store/candidates.ts';
import type { EngineDeps } from './deps.ts';
import { stageBudget } from './stage-budget.ts';

/** What builds left at their checkpoints. */
export async function listStages(deps: EngineDeps): Promise<CacheInfo> {
  const layers = new Layers(deps.home.stages);
  const inUse = await standingOn(layers);
  const all = await Promise.all((await layers.frozen()).map(record => describe(layers, record, inUse)));
  return { layers: all.sort((a, b) => (a.at < b.at ? 1 : -1)), budgetBytes: stageBudget(deps.env) };
}

async function describe(layers: Layers, record: LayerRecord, inUse: ReadonlySet<string>): Promise<CachedLayer> {
  const { checkpoint, build, image, stage } = record;
  const { id, name, at, parent } = checkpoint;
  return {
    id,
    build,
    image,
    name,
    at,
    ...(stage ? { stage: stage.stage } : {}),
    ...(parent === undefined ? {} : { parent }),
    usedAt: new Date(await layers.usedMs(id)).toISOString(),
    bytes: await allocatedBytes(layers.path(id)),
    isInUse: inUse.has(id),
  };
}

/** What running builds stand on, down to the lowest layer. */
async function standingOn(layers: Layers): Promise<Set<string>> {
  const chains = (await layers.parentsInUse()).map(id => layers.chain(id).catch(() => []));
  return new Set((await Promise.all(chains)).flat().map(({ checkpoint }) => checkpoint.id));
}

/**
 * Removes layers and all that stand on them.
 * @param wanted ids or their beginnings, builds or images; undefined: all that no build runs on
 * @throws GoldsmithError `not-found`, `busy` when a build runs on one of them
 */
export async function removeStages(deps: EngineDeps, wanted: string[] | undefined): Promise<Removal[]> {
  const layers = new Layers(deps.home.stages);
  const { layers: all } = await listStages(deps);
  const named = wanted === undefined ? all.filter(({ isInUse }) => !isInUse) : wanted.flatMap(one => chosen(all, one));
  const victims = wanted === undefined ? named : withThoseAbove(all, named);
  const busy = victims.find(({ isInUse }) => isInUse);
  if (busy) {
    throw new GoldsmithError('busy', `A build runs on the stage ${busy.id}.`, { hint: 'Wait for it, or cancel it.' });
  }
  for (const { id } of victims) await rm(layers.path(id), { recursive: true, force: true });
  return victims.map(({ id, bytes, image, name }) => ({
    kind: 'stage',
    name: id,
    freedBytes: bytes,
    reason: `${image}, ${name}`,
  }));
}

function chosen(all: CachedLayer[], wanted: string): CachedLayer[] {
  const found = all.filter(({ id, build, image }) => id.startsWith(wanted) || build === wanted || image === wanted);
  if (found.length > 0) return found;
  throw new GoldsmithError('not-found', `There is no stage "${wanted}".`, { hint: 'goldsmith cache ls lists them.' });
}

function withThoseAbove(all: CachedLayer[], named: CachedLayer[]): CachedLayer[] {
  const gone = new Set(named.map(({ id }) => id));
  for (;;) {
    const more = all.filter(({ id, parent }) => !gone.has(id) && parent !== undefined && gone.has(parent));
    if (more.length === 0) return all.filter(({ id }) => gone.has(id));
    for (const { id } of more) gone.add(id);
  }
}
