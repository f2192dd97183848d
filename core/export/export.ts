import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../build/scope.ts';
import type { ReleaseInfo } from '../model/engine.ts';
import type { TargetName } from '../model/export.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { Manifest } from '../model/manifest.ts';
import { nearest } from '../model/nearest.ts';
import { sayingDiskFull, sync } from '../store/durable.ts';
import { tryLock, waitForLock } from '../store/lock.ts';
import { type HandOffManifest, writeHandOff } from './hand-off.ts';
import { isTarget, TARGETS } from './targets.ts';
import { extendCatalogFor } from './vagrant-catalog.ts';
import { type ExportOptions, ExportWork, type RootReader } from './work.ts';

/** How many targets are made side by side: more only wait for the same disk and processors. */
const WIDTH = 2;

export const DEFAULTS: ExportOptions = {
  hardwareVersion: 14,
  manifestHash: 'sha256',
  controller: 'sata',
  cpus: 2,
  memoryMiB: 2048,
  compression: 'zlib',
  boxVersion: 1,
};

/** Names of targets, checked. @throws GoldsmithError `usage` with the nearest known name */
export function parseTargets(names: string[]): TargetName[] {
  return [...new Set(names)].map(name => {
    if (isTarget(name)) return name;
    const guess = nearest(name, Object.keys(TARGETS));
    throw new GoldsmithError('usage', `There is no export target ${name}.`, {
      hint: guess ? `Did you mean ${guess}?` : `Targets: ${Object.keys(TARGETS).join(', ')}.`,
    });
  });
}

/**
 * Hands a release on in every wanted format: a new folder that appears whole or not at all.
 * @throws GoldsmithError `exists` when the folder is there, `disk-full`, `program-failed`
 */
export async function exportRelease(
  scope: Pick<Scope, 'signal' | 'emit'>,
  release: ReleaseInfo,
  manifest: Manifest,
  targets: TargetName[],
  out: string,
  options: ExportOptions = DEFAULTS,
  readRoot?: RootReader,
): Promise<HandOffManifest> {
  if (await stat(out).catch(() => undefined)) {
    throw new GoldsmithError('exists', `${out} is there already.`, { hint: 'Name another folder with -o.' });
  }
  setMaxListeners(0, scope.signal); // each stream of each target listens
  const parent = path.dirname(out);
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent, path.basename(out));
  const incoming = path.join(parent, `.${path.basename(out)}.${randomUUID().slice(0, 8)}`);
  const scratch = `${incoming}.work`;
  const lock = await waitForLock(lockOf(incoming), { signal: scope.signal });
  try {
    return await sayingDiskFull(`the export of ${release.image}`, parent, async () => {
      await mkdir(incoming);
      const work = ExportWork.begin({ release, manifest, out: incoming, scratch, scope, options, readRoot });
      await work.raw();
      const made = await makeAll(work, targets);
      const handOff = await writeHandOff(work, made);
      scope.signal.throwIfAborted();
      await publish(incoming, out);
      await extendCatalogFor(work, out);
      return handOff;
    });
  } finally {
    await rm(incoming, { recursive: true, force: true });
    await rm(scratch, { recursive: true, force: true });
    await lock.release();
  }
}

const lockOf = (incoming: string): string => `export ${incoming}`;

/** What an export left that was killed: the kernel has freed its lock. */
async function removeAbandoned(parent: string, name: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(`.${name}.`) || !/^[0-9a-f]{8}(\.work)?$/.test(entry.slice(name.length + 2))) continue;
    const lock = await tryLock(lockOf(path.join(parent, entry.replace(/\.work$/, ''))));
    if (lock) await rm(path.join(parent, entry), { recursive: true, force: true });
    await lock?.release();
  }
}

/** On the disk first, then under its name: after a power cut it is there whole or not at all. */
async function publish(incoming: string, out: string): Promise<void> {
  for (const name of await readdir(incoming)) await sync(path.join(incoming, name));
  await sync(incoming);
  await rename(incoming, out);
  await sync(path.dirname(out));
}

async function makeAll(work: ExportWork, targets: TargetName[]): Promise<{ target: TargetName; files: string[] }[]> {
  const made: { target: TargetName; files: string[] }[] = [];
  const waiting = [...targets];
  const worker = async (): Promise<void> => {
    for (let target = waiting.shift(); target; target = waiting.shift()) {
      work.signal.throwIfAborted();
      const startedAt = performance.now();
      const files = await TARGETS[target].make(work.for(target));
      made.push({ target, files });
      // Asked for again, and told, by the hand-off. A raw disk may be told by a VHD that is still to come.
      if (target !== 'raw') for (const file of files) work.hash(file).catch(() => undefined);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      work.scope.emit({ type: 'note', message: `${target}: ${files.join(', ')} (${seconds} s)` });
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: WIDTH }, worker));
  const failed = workers.find(result => result.status === 'rejected');
  if (failed) throw failed.reason;
  return made.sort((a, b) => targets.indexOf(a.target) - targets.indexOf(b.target));
}
