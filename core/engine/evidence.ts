import { writeFile } from 'node:fs/promises';
import { ScreenReader } from '../boot/ocr.ts';
import { buildFiles } from '../build/context.ts';
import { within } from '../build/guard.ts';
import type { Vm } from '../drivers/driver.ts';
import type { Redactor } from '../model/redact.ts';

const TIMEOUT_MS = 5000;

/** The last picture of a machine's screen, and its text where it has one, beside its logs. A machine that is gone has none. */
export async function saveEvidence(vm: Vm, dir: string, secrets: Redactor): Promise<void> {
  const picture = await within(TIMEOUT_MS, 'The screen shot', vm.screenshot()).catch(() => undefined);
  const rows = await within(TIMEOUT_MS, 'The screen', new ScreenReader(vm).rows()).catch(() => undefined);
  if (picture) await writeFile(buildFiles(dir).lastScreen, picture, { mode: 0o600 });
  if (rows) await writeFile(buildFiles(dir).screenText, secrets.mask(rows.join('\n')), { mode: 0o600 });
}
