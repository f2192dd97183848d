import { setMaxListeners } from 'node:events';
import type { Scope } from '../build/scope.ts';
import type { TargetName } from '../model/export.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { ReleaseInfo } from '../model/image.ts';
import type { Manifest } from '../model/manifest.ts';
import { nearest } from '../model/nearest.ts';
import { growFolder } from './folder.ts';
import { type HandOffManifest, writeHandOff } from './hand-off.ts';
import { isTarget, TARGETS } from './targets.ts';
import { extendCatalogFor } from './vagrant-catalog.ts';
import { type ExportOptions, ExportWork, type RootReader } from './work.ts';

/** How many targets are made side by side: more only wait for the same disk and processors. */
const WIDTH = 2;

/** docker waits for a guest; qemu-img compresses a QCOW2 in one thread. */
const SLOWEST: TargetName[] = ['docker', 'qcow2', 'openstack', 'vagrant-libvirt'];

/** Their hash tells that of a raw disk, too. */
const VHDS: TargetName[] = ['vhd', 'azure'];

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
 * @throws GoldsmithError what `growFolder` throws, `program-failed`
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
  const stop = new AbortController();
  const signal = AbortSignal.any([scope.signal, stop.signal]);
  setMaxListeners(0, signal); // each stream of each target listens
  const told = { signal, emit: scope.emit.bind(scope) };
  return growFolder(out, `the export of ${release.image}`, signal, async ({ incoming, scratch, publish }) => {
    const work = ExportWork.begin({ release, manifest, out: incoming, scratch, scope: told, options, readRoot });
    const made = await makeAll(work, targets, stop);
    const handOff = await writeHandOff(work, made);
    signal.throwIfAborted();
    await publish();
    await extendCatalogFor(work, out);
    return handOff;
  });
}

type Made = { target: TargetName; files: string[] }[];

/** Makes the targets side by side. The first that fails stops the others, and what hashes and syncs their files. */
async function makeAll(work: ExportWork, targets: TargetName[], stop: AbortController): Promise<Made> {
  await work.raw();
  const made: Made = [];
  const settled: Promise<void>[] = [];
  const waiting = slowestFirst(targets);
  const orStop = (act: Promise<void>): Promise<void> => act.catch(error => stop.abort(error));
  const worker = async (): Promise<void> => {
    for (let target = waiting.shift(); target; target = waiting.shift()) {
      work.signal.throwIfAborted();
      const startedAt = performance.now();
      const files = await TARGETS[target].make(work.for(target));
      made.push({ target, files });
      const isTold = target === 'raw' && targets.some(other => VHDS.includes(other));
      for (const file of files) settled.push(orStop(work.settle(file, !isTold)));
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      work.scope.emit({ type: 'note', message: `${target}: ${files.join(', ')} (${seconds} s)` });
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, () => orStop(worker())));
  await Promise.all(settled);
  if (stop.signal.aborted) throw stop.signal.reason;
  return made.sort((a, b) => targets.indexOf(a.target) - targets.indexOf(b.target));
}

/** What one processor works on for long comes first: the others fill the second one. */
const slowestFirst = (targets: TargetName[]): TargetName[] => [
  ...targets.filter(target => SLOWEST.includes(target)),
  ...targets.filter(target => !SLOWEST.includes(target)),
];
