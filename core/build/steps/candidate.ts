import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { keyBody } from '../../guest/keys.ts';
import { findSecrets } from '../../guest/leak-check.ts';
import { type ConvertCall, convertImage } from '../../media/qemu-img.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { LabImage } from '../../model/lab.ts';
import type { Disk, ImageFormat } from '../../model/machine.ts';
import { percentOf } from '../../progress.ts';
import type { BuildContext } from '../context.ts';
import type { Scope } from '../scope.ts';

/** The sealed image as it would be released, in a folder of its own. */
export interface CandidateImage {
  dir: string;
  disks: { path: string; format: ImageFormat }[];
}

const COMPRESSION: Record<LabImage['release']['compress'], ConvertCall> = {
  none: {},
  zlib: { isCompressed: true, options: { compression_type: 'zlib' } },
  zstd: { isCompressed: true, options: { compression_type: 'zstd' } },
};

/** Writes the disks in the release's format, holes left out, after making sure that no secret of the build is on them. */
export async function makeCandidate(scope: Scope, context: BuildContext, disks: Disk[]): Promise<CandidateImage> {
  const { format, compress } = context.target.image.release;
  const dir = path.join(context.store.dir, '.candidates', context.id);
  await scope.hold({ kind: 'dir', path: dir }, () => mkdir(dir, { recursive: true, mode: 0o700 }));
  if (context.target.image.seal !== false) await requireNoSecrets(scope, context, disks);
  const made: CandidateImage['disks'] = [];
  for (const [nth, disk] of disks.entries()) {
    const file = path.join(dir, nth === 0 ? `disk.${format}` : `disk-${nth}.${format}`);
    await convertImage(
      { path: disk.path, format: disk.format },
      { path: file, format },
      {
        ...(format === 'qcow2' ? COMPRESSION[compress] : {}),
        signal: scope.signal,
        onProgress: percentOf(scope, path.basename(file)),
      },
    );
    made.push({ path: file, format });
  }
  return { dir, disks: made };
}

/** Reads the raw disk, so that also what was deleted and not trimmed counts. */
async function requireNoSecrets(scope: Scope, context: BuildContext, disks: Disk[]): Promise<void> {
  const { clientKey, hostKey } = context.keys;
  const values = [...scope.secrets.values(), keyBody(clientKey.publicLine), keyBody(hostKey.publicLine)];
  for (const disk of disks) {
    const raw = disk.format === 'raw' ? disk.path : await asRaw(scope, context, disk);
    const hits = await findSecrets(raw, values, { signal: scope.signal });
    if (hits.length === 0) continue;
    throw new GoldsmithError(
      'secret-leaked',
      `${hits.length} trace(s) of the build's keys or secrets are in the image.`,
      {
        hint: 'Sealing has to remove them and to trim the disk; the manifest of the candidate names the places.',
        details: { hits: hits.slice(0, 20) },
      },
    );
  }
}

async function asRaw(scope: Scope, { workDir }: BuildContext, disk: Disk): Promise<string> {
  const raw = path.join(workDir, `${disk.id}-flat.raw`);
  await convertImage({ path: disk.path, format: disk.format }, { path: raw, format: 'raw' }, { signal: scope.signal });
  return raw;
}
