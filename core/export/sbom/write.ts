import { version } from '../../own-files.ts';
import { identityOf } from '../identity.ts';
import type { ExportWork } from '../work.ts';
import { cycloneDx } from './cyclonedx.ts';
import { spdx } from './spdx.ts';
import type { SbomSubject } from './subject.ts';

/** The two bills of materials of a hand-off, by the end of their file's name. */
const KINDS = { '.cdx.json': cycloneDx, '.spdx.json': spdx } as const;

/** Writes them. @returns the names of the files */
export async function writeSboms(work: ExportWork): Promise<string[]> {
  const subject = subjectOf(work);
  return Promise.all(Object.entries(KINDS).map(([end, make]) => work.writeJson(`${work.name}${end}`, make(subject))));
}

function subjectOf(work: ExportWork): SbomSubject {
  const { manifest, release } = work;
  return {
    image: manifest.image,
    version: manifest.version,
    ...(manifest.description === undefined ? {} : { description: manifest.description }),
    releaseId: release.id.replace(/^sha256:/, ''),
    system: manifest.system ?? { id: 'unknown' },
    packages: manifest.packages ?? [],
    createdAt: new Date(work.timeS * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
    serial: uuidText(identityOf(work.seed, 'sbom')),
    tool: version(),
  };
}

const uuidText = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
