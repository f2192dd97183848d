import { look, waitForChange, waitForMenu } from '../../boot/sync.ts';
import type { Vm } from '../../drivers/driver.ts';
import type { KeyAction } from '../../model/key.ts';
import type { LabImage } from '../../model/lab.ts';
import { formatMs } from '../../model/quantity.ts';
import type { Scope } from '../scope.ts';

/** A busy host may take so long to a menu that an idle one shows at once. */
const LEAST_LIMIT_MS = 60_000;

export type Sync = Pick<LabImage, 'bootSync' | 'waitFor'>;

export const isSynced = ({ bootSync, waitFor }: Sync): boolean => bootSync || waitFor !== undefined;

/** How long a menu is waited for before its keys are typed all the same. */
export const menuLimitMs = (bootWaitMs: number): number => Math.max(bootWaitMs, LEAST_LIMIT_MS);

/** Waits for the menu instead of a time. What does not come is told, and the keys are typed as they would be without. */
export async function waitToType(scope: Scope, vm: Vm, { waitFor }: Sync, bootWaitMs: number): Promise<void> {
  const startedAt = performance.now();
  const limitMs = menuLimitMs(bootWaitMs);
  const seen = await waitForMenu(vm, waitFor, limitMs, scope.signal);
  const after = formatMs(performance.now() - startedAt);
  if (seen !== undefined) return scope.emit({ type: 'note', message: `The keys are typed after ${after}: ${seen}.` });
  scope.emit({
    type: 'warning',
    message: `${waitFor === undefined ? 'No boot menu' : `"${waitFor}"`} was seen within ${after}; the keys are typed all the same.`,
    hint: 'Name a text that stands on the screen: `wait_for: "text"` in lab.yaml. Graphics cannot be read.',
  });
}

/** Types; a wait between the keys ends as soon as the screen shows what they did, and after its own time at the latest. */
export async function typeInStep(
  vm: Vm,
  actions: KeyAction[],
  options: { keyIntervalMs: number; signal: AbortSignal },
): Promise<void> {
  let shown = await look(vm);
  for (const part of parts(actions)) {
    if (part.wait === undefined) {
      await vm.typeKeys(part.keys, options);
      continue;
    }
    await waitForChange(vm, shown, part.wait, options.signal);
    shown = await look(vm);
  }
}

interface Part {
  keys: KeyAction[];
  /** Ms; the keys are none then. */
  wait?: number;
}

function parts(actions: KeyAction[]): Part[] {
  const all: Part[] = [];
  for (const action of actions) {
    const last = all.at(-1);
    if (action.kind === 'wait') all.push({ keys: [], wait: action.ms });
    else if (last && last.wait === undefined) last.keys.push(action);
    else all.push({ keys: [action] });
  }
  return all;
}
