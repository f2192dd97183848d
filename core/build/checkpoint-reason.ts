import type { Driver } from '../drivers/driver.ts';
import { describesDevices } from './recipe-arguments.ts';
import type { Target } from './target.ts';

/** Why a machine's moments cannot be saved; undefined when they can. */
export function noCheckpoints({ image, builder: { source } }: Pick<Target, 'image' | 'builder'>): string | undefined {
  if (image.checkpoints === false) return 'lab.yaml wants none (checkpoints: false)';
  if (describesDevices(source)) return 'the recipe describes its own drives in qemuargs';
  if (source.netBridge !== undefined) return 'the guest is on a bridge, where its addresses are not ours to keep';
  return source.useBackingFile ? 'the recipe wants the differences to its base image (use_backing_file)' : undefined;
}

/** What decides, beside the recipe and QEMU, whether a stage can be begun from: layers of one driver are none of another. */
export const stageDriver = ({ name, place, noMoments }: Pick<Driver, 'name' | 'place' | 'noMoments'>): string =>
  noMoments === undefined ? [name, place].filter(Boolean).join(' ') : `${name} without checkpoints`;
