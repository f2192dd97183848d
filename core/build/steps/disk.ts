import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { convertImage, createImage, createOverlay, imageInfo, resizeImage } from '../../media/qemu-img.ts';
import type { QemuSource } from '../../model/recipe.ts';
import type { BuildContext } from '../context.ts';
import type { Scope } from '../scope.ts';
import { type WorkingDisk, type WorkingFiles, workingFiles } from '../working-disks.ts';
import type { Source } from './source.ts';

const MIB = 1024 * 1024;

/** The build's folders, for files that are gone with it and for sockets. */
export async function makeFolders(scope: Scope, { workDir, runtimeDir }: BuildContext): Promise<void> {
  await scope.hold({ kind: 'dir', path: workDir }, () => mkdir(workDir, { recursive: true, mode: 0o700 }));
  await scope.hold({ kind: 'dir', path: runtimeDir }, () => mkdir(runtimeDir, { recursive: true, mode: 0o700 }));
}

/**
 * Makes the working disks: empty ones for an installer, an overlay over a base image that must not change.
 * @param diskDir where the disks go; a recipe that describes its own devices has them where it says
 */
export async function createDisks(
  scope: Scope,
  context: BuildContext,
  source: Source,
  diskDir = context.workDir,
): Promise<WorkingFiles> {
  const recipe = context.target.builder.source;
  const files = workingFiles(recipe, context.workDir, diskDir);
  await makeFolders(scope, context);
  await mkdir(files.packerDir, { recursive: true, mode: 0o700 });
  const sizes = [recipe.diskSizeMiB, ...recipe.additionalDiskSizesMiB];
  for (const [nth, disk] of files.disks.entries()) {
    if (nth === 0 && source.kind === 'image') await createFromBase(scope, recipe, disk, source);
    else await createEmpty(scope, recipe, disk, (sizes[nth] ?? 0) * MIB);
  }
  return files;
}

const createEmpty = (scope: Scope, recipe: QemuSource, disk: WorkingDisk, sizeBytes: number): Promise<void> =>
  createImage(disk, sizeBytes, { signal: scope.signal, extraArgs: recipe.qemuImgArgs.create });

/** As Packer: the base's content, made as large as `disk_size` says unless that is not wanted. */
async function createFromBase(
  scope: Scope,
  recipe: QemuSource,
  disk: WorkingDisk,
  { path: base, format }: Extract<Source, { kind: 'image' }>,
): Promise<void> {
  const { signal } = scope;
  if (disk.format === 'qcow2') await createOverlay(disk.path, base, format, { signal });
  else await convertImage({ path: base, format }, disk, { signal });
  const { virtualBytes } = await imageInfo({ path: base, format }, { signal });
  const wantedBytes = recipe.diskSizeMiB * MIB;
  const extraArgs = recipe.qemuImgArgs.resize;
  const isShrunk = wantedBytes < virtualBytes && extraArgs.includes('--shrink');
  if (recipe.skipResizeDisk || (wantedBytes <= virtualBytes && !isShrunk)) return;
  await resizeImage(disk, wantedBytes, { signal, extraArgs });
}

/** This machine's own copy of the firmware's variables. */
export async function copyEfiVars(template: string | undefined, efiVars: string): Promise<void> {
  if (template === undefined) return;
  await mkdir(path.dirname(efiVars), { recursive: true });
  await copyFile(template, efiVars);
}
