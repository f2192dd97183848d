import type { Resource } from '../model/resource.ts';
import { readJournal } from './journal.ts';
import { release } from './release.ts';

/** What a journal says was taken and not given back, newest first. */
export function unreleased(journalPath: string): Resource[] {
  const held = new Map<number, Resource>();
  for (const event of readJournal(journalPath)) {
    if (event.type === 'acquiring') held.set(event.id, event.resource);
    if (event.type === 'released') held.delete(event.id);
  }
  return [...held.values()].reverse();
}

/** After a crash, or when a kept machine is no longer wanted: gives the rest back. The caller holds the build's lock. */
export async function giveBackRest(journalPath: string): Promise<Resource[]> {
  const left = unreleased(journalPath);
  for (const resource of left) await release(resource);
  return left;
}
