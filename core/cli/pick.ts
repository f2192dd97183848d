import type { Engine } from '../model/engine.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { BuildState } from '../model/fold.ts';
import { nearest } from '../model/nearest.ts';
import type { VmInfo } from '../model/vm.ts';

interface Named {
  id: string;
  image: string;
}

/** A build by its id, as the newest of an image, or by a unique beginning or end; `latest` or nothing: the newest. */
export async function pickBuild(engine: Engine, named: string | undefined): Promise<BuildState> {
  const builds = await engine.builds();
  const isNewest = named === undefined || named === 'latest';
  const found = isNewest ? builds.slice(0, 1) : find(builds, named, ofImage => ofImage.slice(0, 1));
  return only(found, named, 'build', builds);
}

/** A living machine in the same way; nothing named: the only one. */
export async function pickVm(engine: Engine, named: string | undefined): Promise<VmInfo> {
  const vms = await engine.vms();
  const found = named === undefined ? vms : find(vms, named, ofImage => ofImage);
  return only(found, named, 'running machine', vms);
}

/** By the whole id; else by image, of which `choose` takes its pick; else by the beginning or end of the id. */
function find<T extends Named>(all: T[], named: string, choose: (ofImage: T[]) => T[]): T[] {
  const exact = all.filter(({ id }) => id === named);
  if (exact.length > 0) return exact;
  const ofImage = all.filter(({ image }) => image === named);
  if (ofImage.length > 0) return choose(ofImage);
  return all.filter(({ id }) => id.startsWith(named) || id.endsWith(named));
}

function only<T extends Named>(found: T[], named: string | undefined, what: string, all: T[]): T {
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  if (first !== undefined) {
    throw new GoldsmithError('usage', `There are several: name one ${what}.`, { hint: list(found) });
  }
  const known = all.map(({ id }) => id);
  const guess = named === undefined ? undefined : nearest(named, known);
  const message = named === undefined ? `There is no ${what}.` : `There is no ${what} "${named}".`;
  throw new GoldsmithError('not-found', message, {
    hint: guess ? `Did you mean ${guess}?` : known.length > 0 ? `There are: ${list(all)}.` : undefined,
  });
}

const list = (items: Named[]): string =>
  items
    .slice(0, 8)
    .map(({ id }) => id)
    .join(', ')
    .concat(items.length > 8 ? ', ...' : '');
