import { createHash } from 'node:crypto';
import path from 'node:path';
import { parseChecksum } from '../media/checksum.ts';
import type { QemuSource } from '../model/recipe.ts';

type Wanted = Pick<QemuSource, 'isoChecksum' | 'isoTargetPath' | 'isoTargetExtension'>;

/**
 * Where Packer keeps the downloaded ISO when the recipe has an `iso_target_path` (packer-plugin-sdk `StepDownload`):
 * that file; or, in a path without an extension, a file named after the checksum, else the URL. Recipes work out the
 * same name for their `qemuargs`. Undefined without the option.
 * @param fetched what the source was found to be, for what the recipe itself does not say
 */
export function isoTarget(source: Wanted, fetched: { sha256: string; origin: string }): string | undefined {
  const { isoTargetPath, isoTargetExtension } = source;
  if (isoTargetPath === undefined || path.extname(isoTargetPath) !== '') return isoTargetPath;
  const name = createHash('sha1').update(identity(source, fetched)).digest('hex');
  return `${isoTargetPath.replace(/\/$/, '')}/${name}.${isoTargetExtension || 'iso'}`;
}

function identity({ isoChecksum }: Wanted, { sha256, origin }: { sha256: string; origin: string }): string {
  const checksum = parseChecksum(isoChecksum);
  if (checksum.kind === 'none') return origin;
  return checksum.kind === 'file' ? `sha256:${sha256}` : `${checksum.digest.algorithm}:${checksum.digest.hex}`;
}
