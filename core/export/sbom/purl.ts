import { PackageURL } from 'packageurl-js';
import type { ManifestPackage, ManifestSystem } from '../../model/manifest.ts';

/** The purl type of each package manager (github.com/package-url/purl-spec, purl types). OpenBSD's has none. */
const TYPES: Record<NonNullable<ManifestSystem['manager']>, { type: string; namespace?: string }> = {
  deb: { type: 'deb' },
  rpm: { type: 'rpm' },
  apk: { type: 'apk' },
  pacman: { type: 'alpm' },
  freebsd: { type: 'generic', namespace: 'freebsd' },
  openbsd: { type: 'generic', namespace: 'openbsd' },
};

/** The address by which scanners know a package: `pkg:deb/debian/bash@5.2-2?arch=amd64&distro=debian-13`. */
export function purlOf({ name, version, arch }: ManifestPackage, system: ManifestSystem): string {
  const { type, namespace } = TYPES[system.manager ?? 'deb'];
  const release = system.versionId === undefined ? system.id : `${system.id}-${system.versionId}`;
  const epoch = type === 'rpm' ? /^(\d+):(.*)$/.exec(version) : null;
  const qualifiers = {
    ...(arch === undefined ? {} : { arch }),
    distro: release,
    ...(epoch?.[1] === undefined ? {} : { epoch: epoch[1] }),
  };
  return new PackageURL(type, namespace ?? system.id, name, epoch?.[2] ?? version, qualifiers, undefined).toString();
}
