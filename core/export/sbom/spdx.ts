import type { ManifestPackage } from '../../model/manifest.ts';
import { purlOf } from './purl.ts';
import type { SbomSubject } from './subject.ts';

const IMAGE_ID = 'SPDXRef-Image';
const SYSTEM_ID = 'SPDXRef-OperatingSystem';
const packageId = (nth: number): string => `SPDXRef-Package-${nth + 1}`;

/** What every package says when nobody has looked at its files and licences (SPDX 2.3, clause 7). */
const UNKNOWN = {
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  licenseDeclared: 'NOASSERTION',
  copyrightText: 'NOASSERTION',
} as const;

/** An SPDX 2.3 document (spdx.github.io/spdx-spec/v2.3): the image contains its system and each package. */
export function spdx(subject: SbomSubject): object {
  const { image, version, packages } = subject;
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${image}-${version}`,
    documentNamespace: `urn:uuid:${subject.serial}`,
    creationInfo: { created: subject.createdAt, creators: [`Tool: goldsmith-${subject.tool}`] },
    documentDescribes: [IMAGE_ID],
    packages: [
      imagePackage(subject),
      systemPackage(subject),
      ...packages.map((one, nth) => describe(one, nth, subject)),
    ],
    relationships: [
      relation('SPDXRef-DOCUMENT', 'DESCRIBES', IMAGE_ID),
      relation(IMAGE_ID, 'CONTAINS', SYSTEM_ID),
      ...packages.map((_, nth) => relation(IMAGE_ID, 'CONTAINS', packageId(nth))),
    ],
  };
}

const imagePackage = ({ image, version, releaseId, description }: SbomSubject): object => ({
  SPDXID: IMAGE_ID,
  name: image,
  versionInfo: version,
  ...(description ? { description } : {}),
  primaryPackagePurpose: 'ARCHIVE',
  checksums: [{ algorithm: 'SHA256', checksumValue: releaseId }],
  ...UNKNOWN,
});

const systemPackage = ({ system }: SbomSubject): object => ({
  SPDXID: SYSTEM_ID,
  name: system.name ?? system.id,
  ...(system.versionId === undefined ? {} : { versionInfo: system.versionId }),
  primaryPackagePurpose: 'OPERATING_SYSTEM',
  ...UNKNOWN,
});

const describe = (one: ManifestPackage, nth: number, { system }: SbomSubject): object => ({
  SPDXID: packageId(nth),
  name: one.name,
  versionInfo: one.version,
  ...(one.source === undefined ? {} : { sourceInfo: `built from the source package ${one.source}` }),
  ...UNKNOWN,
  // As the package manager says it: not every one is an SPDX expression, so it is no assertion.
  ...(one.license === undefined ? {} : { licenseComments: `The package manager says: ${one.license}` }),
  externalRefs: [
    { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purlOf(one, system) },
  ],
});

const relation = (from: string, type: string, to: string): object => ({
  spdxElementId: from,
  relationshipType: type,
  relatedSpdxElement: to,
});
