import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TargetName } from '../model/export.ts';
import { glanceImage } from './clouds.ts';
import { dockerLabels } from './docker.ts';
import { fileSize } from './extents.ts';
import { handOffNotes } from './notes.ts';
import { writeSboms } from './sbom/write.ts';
import { signSums } from './sign.ts';
import { uploadScript } from './upload.ts';
import { writeCatalog } from './vagrant-catalog.ts';
import type { Upload } from './vendors.ts';
import type { ExportWork } from './work.ts';

/** What `manifest.json` of a hand-off says. */
export interface HandOffManifest {
  schema: 1;
  image: string;
  version: string;
  release: string;
  firmware: 'bios' | 'efi';
  /** Of the boot disk. */
  virtualBytes: number;
  /** Of all disks. */
  diskBytes: number[];
  targets: { target: TargetName; files: string[] }[];
  files: { file: string; bytes: number; sha256: string }[];
}

export const MANIFEST = 'manifest.json';
export const SUMS = 'SHA256SUM';

/** The text of SHA256SUM: what `sha256sum -c` reads. */
export const sumLines = (sums: { file: string; sha256: string }[]): string =>
  sums.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join('');

/** Writes what goes with the artifacts: upload scripts, provenance, notes for people, manifest and checksums. */
export async function writeHandOff(
  work: ExportWork,
  made: { target: TargetName; files: string[] }[],
): Promise<HandOffManifest> {
  const firmware = await work.firmware();
  for (const { target, files } of made) {
    const script = uploadScript(target, await uploadOf(work.for(target), files));
    if (script) await writeFile(work.file(`upload-${target}.sh`), script, { mode: 0o755 });
  }
  await writeSboms(work);
  await writeCatalog(work);
  await work.writeJson('provenance.json', await provenance(work, made));
  await writeFile(work.file('HANDOFF.md'), await handOffNotes(work, made, firmware));
  const manifest: HandOffManifest = {
    schema: 1,
    image: work.release.image,
    version: work.release.version,
    release: work.release.id,
    firmware,
    virtualBytes: (await work.raw()).bytes,
    diskBytes: await work.eachDisk(async nth => (await work.raw(nth)).bytes),
    targets: made,
    files: await describeAll(work),
  };
  await work.writeJson(MANIFEST, manifest);
  const own = await work.hash(MANIFEST);
  const sums = [...manifest.files, { file: MANIFEST, sha256: own }];
  await writeFile(work.file(SUMS), sumLines(sums));
  const { signKey } = work.root.job.options;
  if (signKey) await signSums(work.file(SUMS), signKey, work.name, work.signal);
  return manifest;
}

const uploadOf = async (work: ExportWork, files: string[]): Promise<Upload> => ({
  name: work.name,
  firmware: await work.firmware(),
  files,
  image: work.manifest.image,
  version: work.manifest.version,
  arch: work.manifest.machine?.arch ?? 'x86_64',
  glance: await glanceImage(work),
  labels: dockerLabels(work.manifest, work.release.id),
});

async function describeAll(work: ExportWork): Promise<HandOffManifest['files']> {
  const names = (await readdir(work.out)).sort();
  const files: HandOffManifest['files'] = [];
  for (const file of names) {
    const full = path.join(work.out, file);
    files.push({ file, bytes: await fileSize(full), sha256: await work.hash(file) });
  }
  return files;
}

/** An in-toto statement with SLSA provenance (slsa.dev/spec/v1.0): what it was made of, by which tools. */
async function provenance(work: ExportWork, made: { target: TargetName; files: string[] }[]): Promise<object> {
  const names = [...new Set(made.flatMap(({ files }) => files))];
  const subject = await Promise.all(names.map(async name => ({ name, digest: { sha256: await work.hash(name) } })));
  const { manifest } = work;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:goldsmith:image-build:v1',
        externalParameters: { image: manifest.image, version: manifest.version, source: manifest.source ?? null },
        resolvedDependencies: manifest.inputs.map(({ kind, name, sha256 }) => ({
          name: `${kind} ${name}`,
          digest: { sha256 },
        })),
      },
      runDetails: {
        builder: { id: 'urn:goldsmith', version: manifest.tools },
        metadata: { invocationId: manifest.build ?? manifest.version, finishedOn: manifest.createdAt },
        byproducts: manifest.tests.map(({ name, ok }) => ({ name: `test ${name}`, annotations: { ok } })),
      },
    },
  };
}
