import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { cycloneDx } from '../../core/export/sbom/cyclonedx.ts';
import { purlOf } from '../../core/export/sbom/purl.ts';
import { spdx } from '../../core/export/sbom/spdx.ts';
import type { SbomSubject } from '../../core/export/sbom/subject.ts';
import { spdxDocument } from './spdx-rules.ts';

const subject: SbomSubject = {
  image: 'web',
  version: 'v1',
  description: 'A web server',
  releaseId: 'a'.repeat(64),
  system: { id: 'debian', versionId: '13', name: 'Debian GNU/Linux 13 (trixie)', manager: 'deb' },
  packages: [
    { name: 'bash', version: '5.2.37-2+b5', arch: 'amd64' },
    { name: 'openssh-server', version: '1:10.0p1-7', arch: 'amd64', source: 'openssh', license: 'BSD & other' },
  ],
  createdAt: '2026-01-01T00:00:00Z',
  serial: '11111111-2222-8333-8444-555555555555',
  tool: '0.1.0',
};

/** A system of each package manager that the guest's inventory knows. */
const SYSTEMS: [manager: NonNullable<SbomSubject['system']['manager']>, wanted: SbomSubject][] = (
  [
    ['deb', 'debian', '13', { version: '1:5.2.37-2+b5', arch: 'amd64', source: 'bash-src' }],
    ['rpm', 'rocky', '9.4', { version: '2:8.2.2637-20.el9', arch: 'x86_64', license: 'Vim and MIT' }],
    ['apk', 'alpine', '3.21.3', { version: '1.2.5-r9', arch: 'x86_64', license: 'MIT' }],
    ['pacman', 'arch', undefined, { version: '14.2.1+r753+g1cd744a6828f-1', arch: 'x86_64', license: 'GPL, LGPL' }],
    ['freebsd', 'freebsd', '14.2', { version: '8.13.0_1', arch: 'FreeBSD:14:amd64', source: 'ftp/curl' }],
    ['openbsd', 'openbsd', '7.7', { version: '9.1.1265' }],
  ] as const
).map(([manager, id, versionId, one]) => [
  manager,
  {
    ...subject,
    system: { id, manager, ...(versionId === undefined ? {} : { versionId }) },
    packages: [{ name: 'some+package', ...one }],
  },
]);
/** SPDX's own schema, where somebody has it: it is not committed (docs/decisions/0080-sbom.md). */
const SPDX_SCHEMA = process.env['GOLDSMITH_SPDX_SCHEMA'];

/** CycloneDX's own schemas, as its JavaScript library carries them. */
function cycloneDxValidator() {
  const library = path.dirname(createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json'));
  const schema = (name: string): object => JSON.parse(readFileSync(path.join(library, 'res/schema', name), 'utf8'));
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { 'iri-reference': true, 'idn-email': true } });
  addFormats.default(ajv);
  ajv.addSchema(schema('jsf-0.82.SNAPSHOT.schema.json'), 'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json');
  ajv.addSchema(schema('spdx.SNAPSHOT.schema.json'), 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json');
  return ajv.compile(schema('bom-1.6.SNAPSHOT.schema.json'));
}

describe('the CycloneDX bill of materials', () => {
  const validate = cycloneDxValidator();

  it.each([
    ['with packages', subject],
    ['of an image that told none', { ...subject, system: { id: 'unknown' }, packages: [] }],
    ...SYSTEMS,
  ])('is valid by the schema of CycloneDX 1.6, %s', (_, wanted) => {
    validate(cycloneDx(wanted));
    expect(validate.errors).toBeNull();
  });

  it('would not be with a word that the schema does not know', () => {
    expect(validate({ ...cycloneDx(subject), specVersion: 1.6 })).toBe(false);
    expect(validate({ ...cycloneDx(subject), serialNumber: 'urn:uuid:1' })).toBe(false);
  });

  it('names each package once, under the system', () => {
    const bom = cycloneDx(subject) as { components: { purl?: string }[]; dependencies: { dependsOn: string[] }[] };
    expect(bom.components.map(({ purl }) => purl)).toEqual([
      undefined,
      'pkg:deb/debian/bash@5.2.37-2+b5?arch=amd64&distro=debian-13',
      'pkg:deb/debian/openssh-server@1:10.0p1-7?arch=amd64&distro=debian-13',
    ]);
    expect(bom.dependencies[1]?.dependsOn).toEqual(['package-1', 'package-2']);
  });
});

describe('the SPDX document', () => {
  it.each([
    ['with packages', subject],
    ['of an image that told none', { ...subject, system: { id: 'unknown' }, packages: [] }],
    ...SYSTEMS,
  ])('follows the rules of SPDX 2.3, %s', (_, wanted) => {
    expect(spdxDocument.safeParse(spdx(wanted)).error?.issues).toBeUndefined();
  });

  it.skipIf(SPDX_SCHEMA === undefined)('is valid by the schema of SPDX 2.3, whatever the system', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(readFileSync(SPDX_SCHEMA ?? '', 'utf8')));
    for (const [manager, wanted] of SYSTEMS) {
      validate(spdx(wanted));
      expect([manager, validate.errors]).toEqual([manager, null]);
    }
    expect(validate({ ...spdx(subject), packages: [{}] })).toBe(false);
  });

  it.each([
    ['an unknown field', { colour: 'red' }],
    ['another version', { spdxVersion: 'SPDX-2.4' }],
    ['a relationship to nothing', { packages: [] }],
    ['a creator without a kind', { creationInfo: { created: '2026-01-01T00:00:00Z', creators: ['me'] } }],
  ])('would not with %s', (_, change) => {
    expect(spdxDocument.safeParse({ ...spdx(subject), ...change }).success).toBe(false);
  });
});

it('knows the addresses of other systems’ packages', () => {
  const rocky = { id: 'rocky', versionId: '9.4', manager: 'rpm' } as const;
  expect(purlOf({ name: 'vim-minimal', version: '2:8.2.2637-20.el9', arch: 'x86_64' }, rocky)).toBe(
    'pkg:rpm/rocky/vim-minimal@8.2.2637-20.el9?arch=x86_64&distro=rocky-9.4&epoch=2',
  );
  const openbsd = { id: 'openbsd', versionId: '7.7', manager: 'openbsd' } as const;
  expect(purlOf({ name: 'curl', version: '8.13.0' }, openbsd)).toBe(
    'pkg:generic/openbsd/curl@8.13.0?distro=openbsd-7.7',
  );
});
