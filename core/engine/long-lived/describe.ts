import type { Watch } from '../../model/engine.ts';
import type { DescribedFormat, LongLivedOptions } from '../../model/long-lived.ts';
import type { EngineDeps } from '../deps.ts';
import { longLivedXml } from './create.ts';
import { type MachinePlan, planLongLived } from './plan.ts';
import { terraformOf } from './terraform.ts';

const FORMATS: Record<DescribedFormat, (plan: MachinePlan, options: LongLivedOptions) => string> = {
  xml: longLivedXml,
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
