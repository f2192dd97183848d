import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createImage, createOverlay, imageInfo } from '../../media/qemu-img.ts';
import type { ImageFormat } from '../../model/machine.ts';
import type { BuildContext } from '../context.ts';
import type { Scope } from '../scope.ts';
import type { Source } from './source.ts';

const MIB = 1024 * 1024;

/** Makes the working disks: empty ones for an installer, an overlay over a base image that must not change. */
export async function createDisks(scope: Scope, context: BuildContext, source: Source): Promise<string[]> {
  const { workDir, runtimeDir } = context;
  const recipe = context.target.builder.source;
  await scope.hold({ kind: 'dir', path: workDir }, () => mkdir(workDir, { recursive: true, mode: 0o700 }));
  await scope.hold({ kind: 'dir', path: runtimeDir }, () => mkdir(runtimeDir, { recursive: true, mode: 0o700 }));
  const first =
    source.kind === 'image'
      ? await createFromBase(scope, context, source.path, source.format)
      : await createEmpty(scope, path.join(workDir, 'disk0.raw'), recipe.diskSizeMiB);
  const additional = await Promise.all(
    recipe.additionalDiskSizesMiB.map((sizeMiB, nth) =>
      createEmpty(scope, path.join(workDir, `disk${nth + 1}.raw`), sizeMiB),
    ),
  );
  return [first, ...additional];
}

async function createEmpty(scope: Scope, file: string, sizeMiB: number): Promise<string> {
  await createImage({ path: file, format: 'raw' }, sizeMiB * MIB, { signal: scope.signal });
  return file;
}

async function createFromBase(scope: Scope, context: BuildContext, base: string, format: ImageFormat): Promise<string> {
  const recipe = context.target.builder.source;
  const file = path.join(context.workDir, 'disk0.qcow2');
  const { virtualBytes } = await imageInfo({ path: base, format }, { signal: scope.signal });
  const wantedBytes = recipe.diskSizeMiB * MIB;
  const isGrown = !recipe.skipResizeDisk && wantedBytes > virtualBytes;
  await createOverlay(file, base, format, { signal: scope.signal, ...(isGrown ? { sizeBytes: wantedBytes } : {}) });
  return file;
}

/** This machine's own copy of the firmware's variables. */
export async function copyEfiVars(context: BuildContext, template: string | undefined): Promise<void> {
  if (template !== undefined) await copyFile(template, efiVarsOf(context));
}

export const efiVarsOf = (context: BuildContext): string => path.join(context.workDir, 'efivars.fd');
