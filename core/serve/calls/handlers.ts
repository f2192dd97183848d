import type { Handlers } from '../../../electron/ipc/contract.ts';
import { BUILD_CALLS } from './builds.ts';
import type { CallContext } from './context.ts';
import { EXPORT_CALLS } from './exports.ts';
import { HOST_CALLS } from './host-calls.ts';
import { LIBRARY_CALLS } from './library.ts';
import { MACHINE_CALLS } from './machines.ts';
import { RECIPE_CALLS } from './recipes.ts';

/** What answers each call of the contract. */
export const HANDLERS: Handlers<CallContext> = {
  ...RECIPE_CALLS,
  ...BUILD_CALLS,
  ...LIBRARY_CALLS,
  ...MACHINE_CALLS,
  ...EXPORT_CALLS,
  ...HOST_CALLS,
};
