import { DEFAULTS, exportRelease, parseTargets } from '../export/export.ts';
import type { ExportInfo, ExportToOptions, Watch } from '../model/engine.ts';
import type { EngineDeps } from './deps.ts';
import { rootReader } from './read-root.ts';
import { scopeOf } from './told.ts';

/** See `Engine.exportTo`. */
export async function exportTo(
  deps: EngineDeps,
  ref: string,
  { targets, dir, ...more }: ExportToOptions,
  watch: Watch,
): Promise<ExportInfo> {
  const names = parseTargets(targets);
  const store = await deps.store();
  const release = await store.resolve(ref);
  const manifest = await store.manifest(`${release.image}@${release.version}`);
  const options = { ...DEFAULTS, ...more };
  const readRoot = rootReader(deps, release, manifest, watch);
  const made = await exportRelease(scopeOf(watch), release, manifest, names, dir, options, readRoot);
  const { image, version } = made;
  return { image, version, release: made.release, dir, targets: made.targets, files: made.files };
}
