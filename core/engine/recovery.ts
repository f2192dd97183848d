import { rm } from 'node:fs/promises';
import { Journal } from '../build/journal.ts';
import { giveBackRest, unreleased } from '../build/recover.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { BuildState } from '../model/fold.ts';
import type { Removal } from '../model/image.ts';
import { Redactor } from '../model/redact.ts';
import { type Resource, resourceName } from '../model/resource.ts';
import type { JournalFolders } from './folders.ts';
import { livingPid } from './folders.ts';

/**
 * Gives back what runs left whose process is gone: those that crashed, those that could not give all of it back, and
 * kept machines that are no longer alive. What a living process or person has is not touched.
 * @param dryRun only says what it would give back
 */
export async function recoverFolders(folders: JournalFolders, { dryRun = false } = {}): Promise<Removal[]> {
  const reason = 'left by a run that was cut off';
  const removals: Removal[] = [];
  for (const state of await folders.states()) {
    const lock = state.held.length > 0 || state.outcome === 'running' ? await folders.lock(state.id) : undefined;
    if (!lock) continue;
    try {
      if (!(await isAbandoned(state))) continue;
      removals.push(
        ...(dryRun ? told(unreleased(folders.journal(state.id)), reason) : await giveBack(folders, state, reason)),
      );
    } catch (error) {
      // A libvirt that cannot be reached now: its machine stays in the journal, and nothing else waits for it.
      if (!(error instanceof GoldsmithError) || error.code !== 'host-lacks') throw error;
    } finally {
      await lock.release();
    }
  }
  return removals;
}

/** A kept machine belongs to a person as long as it runs; any other that could not be ended is nobody's. */
async function isAbandoned(state: BuildState): Promise<boolean> {
  return state.kept === undefined || (await livingPid(state)) === undefined;
}

/** Releases everything a journal still holds, and closes it if it was open. The caller holds its lock. */
export async function giveBack(folders: JournalFolders, state: BuildState, reason: string): Promise<Removal[]> {
  const path = folders.journal(state.id);
  const left = await giveBackRest(path);
  const journal = new Journal(path, new Redactor());
  for (const { id } of [...state.held].reverse()) journal.append({ type: 'released', id });
  if (state.outcome === 'running') journal.append({ type: 'finished', outcome: 'interrupted' });
  journal.close();
  return told(left, reason);
}

const told = (resources: Resource[], reason: string): Removal[] =>
  resources.map(resource => ({ kind: resource.kind, name: resourceName(resource), freedBytes: 0, reason }));

/** Removes a whole folder; its machine and everything it holds first. */
export async function removeFolder(folders: JournalFolders, id: string, reason: string): Promise<Removal[]> {
  const removals = await giveBack(folders, folders.state(id), reason);
  await rm(folders.dir(id), { recursive: true, force: true });
  return removals;
}
