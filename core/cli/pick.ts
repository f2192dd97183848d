import type { Engine, VmInfo } from '../model/engine.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { BuildState } from '../model/fold.ts';
import { nearest } from '../model/nearest.ts';

/** A build by its id, a unique beginning or end of it, or the newest of an image; `latest` or nothing: the newest. */
export async function pickBuild(engine: Engine, named: string | undefined): Promise<BuildState> {
  const builds = await engine.builds();
  const found =
    named === undefined || named === 'latest' ? builds.slice(0, 1) : matching(builds, named, build => build.id);
  const ofImage = found.length > 0 ? found : builds.filter(({ image }) => image === named).slice(0, 1);
  return only(
    ofImage,
    named,
    'build',
    builds.map(build => build.id),
  );
}

/** A living machine in the same way; nothing named: the only one. */
export async function pickVm(engine: Engine, named: string | undefined): Promise<VmInfo> {
  const vms = await engine.vms();
  const found = named === undefined ? vms : matching(vms, named, vm => vm.id);
  const ofImage = found.length > 0 ? found : vms.filter(({ image }) => image === named);
  return only(
    ofImage,
    named,
    'running machine',
    vms.map(vm => vm.id),
  );
}

function matching<T>(all: T[], named: string, idOf: (item: T) => string): T[] {
  const exact = all.filter(item => idOf(item) === named);
  return exact.length > 0 ? exact : all.filter(item => idOf(item).startsWith(named) || idOf(item).endsWith(named));
}

function only<T>(found: T[], named: string | undefined, what: string, known: string[]): T {
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  if (first !== undefined) {
    throw new GoldsmithError('usage', `There are several: name one ${what}.`, { hint: known.slice(0, 10).join(', ') });
  }
  const guess = named === undefined ? undefined : nearest(named, known);
  throw new GoldsmithError(
    'not-found',
    named === undefined ? `There is no ${what}.` : `There is no ${what} "${named}".`,
    {
      hint: guess
        ? `Did you mean ${guess}?`
        : known.length > 0
          ? `There are: ${known.slice(0, 10).join(', ')}.`
          : undefined,
    },
  );
}
