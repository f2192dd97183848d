import { rm } from 'node:fs/promises';
import { allocatedBytes } from '../store/candidates.ts';
import type { LayerRecord, Layers } from './checkpoint-layers.ts';

/**
 * Gives up checkpoints until what is kept fits the budget: those that were used least recently first, and never one
 * that a running machine, or another checkpoint, stands on.
 * @returns the ids that are gone
 */
export async function freeLayers(layers: Layers, budgetBytes: number): Promise<string[]> {
  const sizes = new Map<string, number>();
  const used = new Map<string, number>();
  let records = await layers.frozen();
  for (const { checkpoint } of records) {
    sizes.set(checkpoint.id, await allocatedBytes(layers.path(checkpoint.id)));
    used.set(checkpoint.id, await layers.usedMs(checkpoint.id));
  }
  const inUse = new Set(await layers.parentsInUse());
  const gone: string[] = [];
  for (let total = sum(sizes); total > budgetBytes; total = sum(sizes)) {
    const victim = oldestLeaf(records, inUse, used);
    if (!victim) break;
    const { id } = victim.checkpoint;
    await rm(layers.path(id), { recursive: true, force: true });
    records = records.filter(record => record !== victim);
    sizes.delete(id);
    gone.push(id);
  }
  return gone;
}

function oldestLeaf(
  records: LayerRecord[],
  inUse: ReadonlySet<string>,
  used: ReadonlyMap<string, number>,
): LayerRecord | undefined {
  const parents = new Set(records.map(({ checkpoint }) => checkpoint.parent));
  const leaves = records.filter(({ checkpoint: { id } }) => !parents.has(id) && !inUse.has(id));
  return leaves.sort((a, b) => (used.get(a.checkpoint.id) ?? 0) - (used.get(b.checkpoint.id) ?? 0))[0];
}

const sum = (sizes: ReadonlyMap<string, number>): number => [...sizes.values()].reduce((all, one) => all + one, 0);
