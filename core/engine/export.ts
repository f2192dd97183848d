import { DEFAULTS, exportRelease, parseTargets } from '../export/export.ts';
import type { ExportOptions } from '../export/work.ts';
import type { Watch } from '../model/engine.ts';
import type { ExportInfo, ExportToOptions } from '../model/hand-off.ts';
import type { ReleaseInfo } from '../model/image.ts';
import type { LabImage } from '../model/lab.ts';
import type { EngineDeps } from './deps.ts';
import { handOffDir } from './hand-off-dir.ts';
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
  const options: ExportOptions = { ...DEFAULTS, ...more };
  const readRoot = rootReader(deps, release, manifest);
  const made = await exportRelease(scopeOf(watch), release, manifest, names, dir, options, readRoot);
  const { image, version } = made;
  return { image, version, release: made.release, dir, targets: made.targets, files: made.files };
}

/** Makes what the lab wants of each release. */
export function exportAsLab(
  deps: EngineDeps,
  lab: LabImage,
  { image, version }: ReleaseInfo,
  watch: Watch,
): Promise<ExportInfo> {
  const { exports } = lab;
  const { signKey, vagrantCatalog: catalog } = lab.handOff;
  return exportTo(
    deps,
    `${image}@${version}`,
    {
      targets: exports.map(({ format }) => format),
      dir: handOffDir(lab, version),
      perTarget: Object.fromEntries(exports.map(({ format, settings }) => [format, settings])),
      ...(signKey === undefined ? {} : { signKey }),
      ...(catalog === undefined ? {} : { catalog }),
    },
    watch,
  );
}
