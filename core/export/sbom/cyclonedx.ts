import { purlOf } from './purl.ts';
import type { SbomSubject } from './subject.ts';

const SUBJECT = 'image';
const SYSTEM = 'system';

/** A CycloneDX 1.6 bill of materials (cyclonedx.org/docs/1.6/json): the image, its system, and each package. */
export function cycloneDx(subject: SbomSubject): object {
  const { system, packages, image, version, description, releaseId } = subject;
  const refs = packages.map((_, nth) => `package-${nth + 1}`);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${subject.serial}`,
    version: 1,
    metadata: {
      timestamp: subject.createdAt,
      lifecycles: [{ phase: 'post-build' }],
      tools: { components: [{ type: 'application', name: 'goldsmith', version: subject.tool }] },
      component: {
        type: 'container',
        'bom-ref': SUBJECT,
        name: image,
        version,
        ...(description ? { description } : {}),
        hashes: [{ alg: 'SHA-256', content: releaseId }],
      },
    },
    components: [systemComponent(subject), ...packages.map((_, nth) => packageComponent(subject, nth))],
    dependencies: [
      { ref: SUBJECT, dependsOn: [SYSTEM] },
      { ref: SYSTEM, dependsOn: refs },
    ],
    compositions: [{ aggregate: system.manager ? 'complete' : 'unknown', assemblies: [SUBJECT] }],
  };
}

const systemComponent = ({ system }: SbomSubject): object => ({
  type: 'operating-system',
  'bom-ref': SYSTEM,
  name: system.id,
  ...(system.versionId === undefined ? {} : { version: system.versionId }),
  ...(system.name === undefined ? {} : { description: system.name }),
});

function packageComponent({ system, packages }: SbomSubject, nth: number): object {
  const one = packages[nth];
  if (!one) return {};
  return {
    type: 'library',
    'bom-ref': `package-${nth + 1}`,
    name: one.name,
    version: one.version,
    ...(one.license === undefined ? {} : { licenses: [{ license: { name: one.license } }] }),
    purl: purlOf(one, system),
    ...(one.source === undefined ? {} : { properties: [{ name: 'goldsmith:source-package', value: one.source }] }),
  };
}
