import { rm } from 'node:fs/promises';
import { allocatedBytes } from '../store/candidates.ts';
import type { LayerRecord, Layers } from './checkpoint-layers.ts';

/**
 * Gives up checkpoints until what is kept fits the budget: first the moments that a person took, but for the newest of
 * its build, then what was used least recently; never one that a running machine, or another checkpoint, stands on.
 * @returns the ids that are gone
 */
export async function freeLayers(layers: Layers, budgetBytes: number): Promise<string[]> {
  const sizes = new Map<string, number>();
  const used = new Map<string, number>();
  const all = await layers.frozen();
  for (const { checkpoint } of all) {
    sizes.set(checkpoint.id, await allocatedBytes(layers.path(checkpoint.id)));
    used.set(checkpoint.id, await layers.usedMs(checkpoint.id));
  }
  let records = inOrder(all, used);
  const inUse = new Set(await layers.parentsInUse());
  const gone: string[] = [];
  for (let total = sum(sizes); total > budgetBytes; total = sum(sizes)) {
    const parents = new Set(records.map(({ checkpoint }) => checkpoint.parent));
    const victim = records.find(({ checkpoint: { id } }) => !parents.has(id) && !inUse.has(id));
    if (!victim) break;
    const { id } = victim.checkpoint;
    await rm(layers.path(id), { recursive: true, force: true });
    records = records.filter(record => record !== victim);
    sizes.delete(id);
    gone.push(id);
  }
  return gone;
}

/** What survives longest comes last. */
function inOrder(records: LayerRecord[], used: ReadonlyMap<string, number>): LayerRecord[] {
  const usedOf = ({ checkpoint }: LayerRecord): number => used.get(checkpoint.id) ?? 0;
  const newest = new Map<string, string>();
  const byAge = records.toSorted((a, b) => (a.checkpoint.at < b.checkpoint.at ? -1 : 1));
  for (const { build, checkpoint } of byAge) newest.set(build, checkpoint.id);
  const isSpare = ({ build, checkpoint: { id, by } }: LayerRecord): boolean =>
    by === 'person' && newest.get(build) !== id;
  return records.toSorted((a, b) => Number(isSpare(b)) - Number(isSpare(a)) || usedOf(a) - usedOf(b));
}

const sum = (sizes: ReadonlyMap<string, number>): number => [...sizes.values()].reduce((all, one) => all + one, 0);
