import type { ManifestPackage, ManifestSystem } from '../../model/manifest.ts';

/** What an SBOM is about: a release, and what was installed in it. */
export interface SbomSubject {
  image: string;
  version: string;
  description?: string;
  /** SHA-256 of the release's manifest. */
  releaseId: string;
  system: ManifestSystem;
  packages: ManifestPackage[];
  /** ISO 8601 UTC, whole seconds. */
  createdAt: string;
  /** A UUID that follows from the release. */
  serial: string;
  /** Version of Goldsmith. */
  tool: string;
}
