import { writeFile } from 'node:fs/promises';
import { buildFiles } from '../build/context.ts';
import { within } from '../build/guard.ts';
import type { Vm } from '../drivers/driver.ts';

const TIMEOUT_MS = 5000;

/** The last picture of a machine's screen, beside its logs. A machine that is gone has none. */
export async function saveEvidence(vm: Vm, dir: string): Promise<void> {
  const picture = await within(TIMEOUT_MS, 'The screen shot', vm.screenshot()).catch(() => undefined);
  if (picture) await writeFile(buildFiles(dir).lastScreen, picture);
}
