import { z } from 'zod';

/** What SPDX 2.3 asks of the fields that Goldsmith writes (spdx.github.io/spdx-spec/v2.3), and nothing else. */

const element = z.string().regex(/^SPDXRef-[A-Za-z0-9.-]+$/);
const unknown = z.literal('NOASSERTION');

const packageRules = z.strictObject({
  SPDXID: element,
  name: z.string().min(1),
  versionInfo: z.string().optional(),
  description: z.string().optional(),
  sourceInfo: z.string().optional(),
  primaryPackagePurpose: z.enum(['APPLICATION', 'OPERATING_SYSTEM', 'ARCHIVE', 'CONTAINER', 'LIBRARY']).optional(),
  downloadLocation: unknown,
  filesAnalyzed: z.literal(false),
  licenseConcluded: unknown,
  licenseDeclared: unknown,
  licenseComments: z.string().optional(),
  copyrightText: unknown,
  checksums: z
    .array(z.strictObject({ algorithm: z.literal('SHA256'), checksumValue: z.string().regex(/^[0-9a-f]{64}$/) }))
    .optional(),
  externalRefs: z
    .array(
      z.strictObject({
        referenceCategory: z.enum(['SECURITY', 'PACKAGE-MANAGER', 'PERSISTENT-ID', 'OTHER']),
        referenceType: z.literal('purl'),
        referenceLocator: z.string().regex(/^pkg:[a-z]+\/\S+$/),
      }),
    )
    .optional(),
});

export const spdxDocument = z
  .strictObject({
    spdxVersion: z.literal('SPDX-2.3'),
    dataLicense: z.literal('CC0-1.0'),
    SPDXID: z.literal('SPDXRef-DOCUMENT'),
    name: z.string().min(1),
    documentNamespace: z.string().regex(/^[a-z][a-z0-9+.-]*:[^#\s]+$/),
    creationInfo: z.strictObject({
      created: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      creators: z.array(z.string().regex(/^(Person|Organization|Tool): .+/)).min(1),
    }),
    documentDescribes: z.array(element).min(1),
    packages: z.array(packageRules),
    relationships: z.array(
      z.strictObject({
        spdxElementId: element,
        relationshipType: z.enum(['DESCRIBES', 'CONTAINS', 'DEPENDS_ON']),
        relatedSpdxElement: element,
      }),
    ),
  })
  .superRefine((document, context) => {
    const ids = [document.SPDXID, ...document.packages.map(({ SPDXID }) => SPDXID)];
    const named = document.relationships.flatMap(one => [one.spdxElementId, one.relatedSpdxElement]);
    const lost = [...document.documentDescribes, ...named].filter(id => !ids.includes(id));
    if (lost.length > 0) context.addIssue({ code: 'custom', message: `there is no ${lost.join(', ')}` });
    if (new Set(ids).size < ids.length) context.addIssue({ code: 'custom', message: 'an identifier is used twice' });
  });
