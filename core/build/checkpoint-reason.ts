import type { Driver } from '../drivers/driver.ts';
import type { BuildContext } from './context.ts';
import { describesDevices } from './recipe-arguments.ts';
import type { Target } from './target.ts';

/** Why a machine's moments cannot be saved; undefined when they can. */
export function noCheckpoints({ image, builder: { source } }: Pick<Target, 'image' | 'builder'>): string | undefined {
  if (image.checkpoints === false) return 'lab.yaml wants none (checkpoints: false)';
  if (describesDevices(source)) return 'the recipe describes its own drives in qemuargs';
  return source.useBackingFile ? 'the recipe wants the differences to its base image (use_backing_file)' : undefined;
}

/**
 * Whether the guest is on a network with others. There its address is its build's alone: a machine that went on from
 * its memory in another build would have one that somebody else may have got meanwhile, or has at the same time.
 */
export const isAmongOthers = ({ target, driver }: Pick<BuildContext, 'target' | 'driver'>): boolean =>
  driver.network !== undefined || target.builder.source.netBridge !== undefined;

/** What decides, beside the recipe and QEMU, whether a stage can be begun from: layers of one driver are none of another. */
export const stageDriver = ({ name, place }: Pick<Driver, 'name' | 'place'>): string =>
  [name, place].filter(Boolean).join(' ');
