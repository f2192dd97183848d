import path from 'node:path';
import { SYSTEM_POOL_FOLDER } from '../../drivers/libvirt/storage.ts';
import { placeOf } from '../../drivers/libvirt/uri.ts';
import type { Watch } from '../../model/engine.ts';
import type { DescribedFormat, LongLivedOptions } from '../../model/long-lived.ts';
import type { Machine } from '../../model/machine.ts';
import type { EngineDeps } from '../deps.ts';
import { longLivedXml } from './create.ts';
import { type MachinePlan, planLongLived } from './plan.ts';
import { terraformOf } from './terraform.ts';

const FORMATS: Record<DescribedFormat, (plan: MachinePlan, options: LongLivedOptions) => string> = {
  xml: (plan, options) => longLivedXml({ ...plan, machine: whereItWouldBe(plan) }, options),
  terraform: terraformOf,
};

export async function describeMachine(
  deps: EngineDeps,
  ref: string,
  options: LongLivedOptions,
  format: DescribedFormat,
  watch: Watch,
): Promise<string> {
  return FORMATS[format](await planLongLived(deps, ref, options, watch), options);
}

/** Nothing is made: a libvirt that does not run as this user would look for the files in the folder of its images. */
function whereItWouldBe({ machine, uri, domainName }: MachinePlan): Machine {
  if (placeOf(uri) === 'session') return machine;
  const there = (file: string): string => path.posix.join(SYSTEM_POOL_FOLDER, `${domainName}-${path.basename(file)}`);
  const moved = <T extends { path: string }>(items: T[]): T[] =>
    items.map(item => ({ ...item, path: there(item.path) }));
  const { firmware } = machine;
  return {
    ...machine,
    disks: moved(machine.disks),
    cdroms: moved(machine.cdroms),
    firmware: firmware.kind === 'efi' ? { ...firmware, vars: there(firmware.vars) } : firmware,
  };
}
