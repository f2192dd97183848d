import { randomUUID } from 'node:crypto';
import { chmod, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { GoldsmithError } from '../model/failure.ts';
import type { Removal } from '../model/image.ts';
import { allocatedBytes, readCandidate } from './candidates.ts';
import { channelsOf, imageNames, namesIn, notFound, readManifest, readPointer, versionsOf } from './catalogue.ts';
import { createFile, makeDir, replaceFile, sync } from './durable.ts';
import type { Layout } from './layout.ts';
import { tryLock, withLock } from './lock.ts';
import { parseRef } from './names.ts';

/** One writer at a time makes, moves or removes what is visible. */
export const storeLock = (layout: Layout): string => `store ${layout.root}`;
/** Held while a folder in `.incoming` is filled: whatever is there without it is garbage. */
export const incomingLock = (dir: string): string => `incoming ${dir}`;

/** Something outside the store that needs a release: it counts as long as its folder is there. */
export interface Use {
  /** For people, e.g. `the machine web-1`. */
  what: string;
  dir: string;
}
const useSchema = z.object({ what: z.string(), dir: z.string() });

/**
 * Notes that something needs a release, so that nobody removes it.
 * @returns the note's file: removing it, or `use.dir`, ends the use
 */
export async function addUse(layout: Layout, ref: { image: string; version: string }, use: Use): Promise<string> {
  return withLock(storeLock(layout), async () => {
    const id = await readPointer(layout, ref.image, ref.version);
    if (id === undefined) throw await notFound(layout, ref.image, ref.version);
    const file = path.join(layout.uses(id), `${randomUUID()}.json`);
    await replaceFile(file, `${JSON.stringify(use)}\n`);
    return file;
  });
}

/** What needs a release now; notes whose folder is gone are removed on the way. */
async function usesOf(layout: Layout, id: string): Promise<Use[]> {
  const uses: Use[] = [];
  for (const name of await namesIn(layout.uses(id), file => file.endsWith('.json') && !file.startsWith('.'))) {
    const file = path.join(layout.uses(id), name);
    const use = useSchema.safeParse(JSON.parse(await readFile(file, 'utf8').catch(() => 'null')));
    if (use.success && (await stat(use.data.dir).catch(() => undefined))) uses.push(use.data);
    else await rm(file, { force: true });
  }
  return uses;
}

/**
 * Removes a release or a failed candidate by its exact name. The name is not used again.
 * @throws GoldsmithError `not-found`, `usage` for a channel, `busy` when something needs it and `isForced` is not set
 */
export async function removeRelease(layout: Layout, ref: string, isForced: boolean): Promise<Removal> {
  const { image, tag } = parseRef(ref);
  if (tag === undefined) throw needsVersion(ref);
  return withLock(storeLock(layout), async () => {
    const id = await readPointer(layout, image, tag);
    if (id !== undefined) return unpublish(layout, { image, version: tag, id }, isForced);
    const candidate = await readCandidate(layout, image, tag);
    if (!candidate)
      throw tag in (await channelsOf(layout, image)) ? needsVersion(ref) : await notFound(layout, image, tag);
    await retire(layout, candidate.path);
    return { kind: 'candidate', name: ref, freedBytes: candidate.bytes, reason: 'asked for' };
  });
}

const needsVersion = (ref: string): GoldsmithError =>
  new GoldsmithError('usage', `${ref} names no version, and only an exact version can be removed.`, {
    hint: 'goldsmith images lists the versions.',
  });

interface Named {
  image: string;
  version: string;
  id: string;
}

/** Channels first, then the name, then the files: a crash in between leaves nothing that resolves and is not whole. */
async function unpublish(layout: Layout, named: Named, isForced: boolean): Promise<Removal> {
  const { image, version, id } = named;
  const channels = Object.entries(await channelsOf(layout, image)).filter(([, target]) => target === version);
  const needs = [
    ...channels.map(([name]) => `the channel ${name}`),
    ...(await usesOf(layout, id)).map(use => use.what),
    ...(await builtOn(layout, id)).map(release => `the release ${release}`),
  ];
  if (needs.length > 0 && !isForced) {
    throw new GoldsmithError('busy', `${image}@${version} is needed by ${needs.join(', ')}.`, {
      hint: 'Move the channel or remove what needs it first; --force removes it all the same.',
    });
  }
  for (const [name] of channels) await rm(layout.channel(image, name), { force: true });
  if (channels.length > 0) await sync(layout.channels(image));
  await createFile(layout.tombstone(image, version), `${JSON.stringify({ id })}\n`);
  await rm(layout.pointer(image, version), { force: true });
  await sync(layout.image(image));
  const isShared = (await publishedIds(layout)).has(id);
  const freedBytes = isShared ? 0 : await allocatedBytes(layout.release(id));
  if (!isShared) await retire(layout, layout.release(id));
  await rm(layout.uses(id), { recursive: true, force: true });
  return { kind: 'release', name: `${image}@${version}`, freedBytes, reason: 'asked for' };
}

/** Releases whose manifest says they were built on this one. */
async function builtOn(layout: Layout, id: string): Promise<string[]> {
  const found: string[] = [];
  for (const image of await imageNames(layout)) {
    for (const version of await versionsOf(layout, image)) {
      const other = await readPointer(layout, image, version);
      const manifest = other === undefined ? undefined : await readManifest(layout, other).catch(() => undefined);
      if (manifest?.base?.id === id) found.push(`${image}@${version}`);
    }
  }
  return found;
}

async function publishedIds(layout: Layout): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const image of await imageNames(layout)) {
    for (const version of await versionsOf(layout, image)) {
      const id = await readPointer(layout, image, version);
      if (id !== undefined) ids.add(id);
    }
  }
  return ids;
}

/** Takes a folder out of sight in one step, then removes it. A crash in between leaves garbage in `.incoming`. */
async function retire(layout: Layout, dir: string): Promise<void> {
  await makeDir(layout.incoming);
  const trash = path.join(layout.incoming, randomUUID());
  await chmod(dir, 0o755); // a read-only folder cannot be moved
  await rename(dir, trash);
  await sync(path.dirname(dir));
  await discard(trash);
}

/** Removes a folder, read-only or not. A folder that is not there is fine. */
export async function discard(dir: string): Promise<void> {
  await chmod(dir, 0o755).catch(() => undefined);
  await rm(dir, { recursive: true, force: true });
}

/**
 * Removes what no crash-free run leaves: half-done publications, folders of releases without a name, notes of
 * machines that are gone. Releases, channels and candidates are never touched.
 */
export async function collectStoreGarbage(layout: Layout, options: { dryRun?: boolean } = {}): Promise<Removal[]> {
  return withLock(storeLock(layout), async () => {
    const removals: Removal[] = [];
    const collect = async (dir: string, reason: string) => {
      removals.push({ kind: 'folder', name: dir, freedBytes: await allocatedBytes(dir), reason });
      if (!options.dryRun) await discard(dir);
    };
    for (const name of await entries(layout.incoming)) {
      const dir = path.join(layout.incoming, name);
      const lock = await tryLock(incomingLock(dir));
      if (!lock) continue;
      await collect(dir, 'left by a publication or removal that was cut off');
      await lock.release();
    }
    const published = await publishedIds(layout);
    const unnamed = (await entries(layout.releases)).filter(id => !published.has(id));
    for (const id of unnamed) await collect(layout.release(id), 'left by a publication that was cut off');
    if (!options.dryRun) for (const id of await entries(path.dirname(layout.uses('x')))) await usesOf(layout, id);
    return removals;
  });
}

const entries = (dir: string): Promise<string[]> => readdir(dir).catch(() => []);
