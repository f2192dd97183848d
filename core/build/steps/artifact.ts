import { constants, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { convertImage } from '../../media/qemu-img.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Machine } from '../../model/machine.ts';
import type { QemuSource } from '../../model/recipe.ts';
import type { BuildContext } from '../context.ts';
import type { Artifact } from '../postprocess/artifact.ts';
import type { Scope } from '../scope.ts';
import type { Target } from '../target.ts';
import type { CandidateImage } from './candidate.ts';

/** Whether a build leaves an output directory as Packer does: for a bare template, and where post-processors need it. */
export const hasOutput = ({ isBare, builder }: Target): boolean => isBare || builder.postProcessors.length > 0;

/** Where Packer would put the image. */
export const outputDirectory = ({ recipe, builder }: Target): string =>
  path.resolve(recipe.root, builder.source.outputDirectory);

/**
 * Refuses, before anything is made, an output directory that is there already, as Packer does without `-force`; and
 * one that must never be replaced, since the recipe or the working directory lies in it.
 * @throws GoldsmithError `exists` or `bad-recipe`
 */
export async function checkOutput(target: Target, isForced: boolean): Promise<void> {
  if (!hasOutput(target)) return;
  const dir = outputDirectory(target);
  const inside = [target.recipe.root, path.resolve(target.recipe.path), process.cwd()];
  if (inside.some(one => one === dir || one.startsWith(`${dir}/`))) {
    throw new GoldsmithError('bad-recipe', `The output directory ${dir} holds the recipe or the working directory.`, {
      hint: 'Give the recipe an output_directory of its own.',
      details: { place: target.builder.place },
    });
  }
  const isThere = await stat(dir).then(
    () => true,
    () => false,
  );
  if (!isThere || isForced) return;
  throw new GoldsmithError('exists', `The output directory ${dir} is there already.`, {
    hint: 'Move it away, or give --force to replace it.',
  });
}

/** Writes the image into the output directory, under Packer's names and in the recipe's format; whole or not at all. */
export async function makeArtifact(
  scope: Scope,
  context: BuildContext,
  candidate: CandidateImage,
  machine: Machine,
): Promise<Artifact> {
  const { source } = context.target.builder;
  const dir = outputDirectory(context.target);
  const partial = `${dir}.${context.id}`;
  const held = { kind: 'dir', path: partial } as const;
  await scope.hold(held, () => mkdir(partial, { recursive: true }));
  const names = [source.vmName, ...machine.disks.slice(1).map((_, nth) => `${source.vmName}-${nth + 1}`)];
  for (const [nth, name] of names.entries()) {
    await writeDisk(scope, source, machine, candidate, nth, path.join(partial, name));
  }
  await copyEfiVars(source, machine, partial);
  await rm(dir, { recursive: true, force: true });
  await rename(partial, dir);
  await scope.release(held);
  const files = (await readdir(dir)).sort().map(name => path.join(dir, name));
  return {
    builderId: 'transcend.qemu',
    id: 'VM',
    files,
    disks: names.map(name => path.join(dir, name)),
    format: source.format,
    owned: [dir],
  };
}

async function writeDisk(
  scope: Scope,
  source: QemuSource,
  machine: Machine,
  candidate: CandidateImage,
  nth: number,
  out: string,
): Promise<void> {
  const working = machine.disks[nth];
  const made = candidate.disks[nth];
  if (!working || !made) throw new GoldsmithError('unexpected', `The build has no disk ${nth}.`);
  // The differences to the base image, which stays where the cache has it: that is what was asked for.
  if (nth === 0 && source.useBackingFile) return copyFile(working.path, out, constants.COPYFILE_FICLONE);
  const extraArgs = nth === 0 ? source.qemuImgArgs.convert : [];
  if (made.format === 'qcow2' && source.format === 'qcow2' && extraArgs.length === 0) {
    return copyFile(made.path, out, constants.COPYFILE_FICLONE);
  }
  const isCompressed = source.format === 'qcow2' && source.diskCompression && nth === 0;
  await convertImage(made, { path: out, format: source.format }, { signal: scope.signal, isCompressed, extraArgs });
}

async function copyEfiVars(source: QemuSource, { firmware }: Machine, dir: string): Promise<void> {
  if (firmware.kind !== 'efi' || source.efiDropEfivars) return;
  await copyFile(firmware.vars, path.join(dir, 'efivars.fd'));
}
