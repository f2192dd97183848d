import { GoldsmithError } from '../model/failure.ts';
import type { Scope } from './scope.ts';

/**
 * QEMU 10.0's multi-threaded TCG fails this assertion once in some fifty boots. To be removed when no QEMU that is
 * supported does it.
 */
export const isTranslatorCrash = (error: unknown): boolean =>
  error instanceof GoldsmithError &&
  error.code === 'qemu-failed' &&
  (error.details.lastLines ?? []).some(line => line.includes('iotlb_to_section'));

/**
 * Boots a machine, and once more when QEMU's emulator itself crashed while it did.
 * @param boot Is given the number of the attempt, 1 or 2: what it makes must not be in the way of the first one's.
 */
export async function bootTwice<T>(
  scope: Pick<Scope, 'emit'>,
  name: string,
  boot: (attempt: 1 | 2) => Promise<T>,
): Promise<T> {
  try {
    return await boot(1);
  } catch (error) {
    if (!isTranslatorCrash(error)) throw error;
    tellCrash(scope, `while ${name} booted; it is booted once more`);
    return boot(2);
  }
}

/** @param when When it happened, and what is done about it. */
export function tellCrash(scope: Pick<Scope, 'emit'>, when: string): void {
  scope.emit({
    type: 'warning',
    message: `QEMU's emulator crashed ${when}.`,
    hint: 'A known fault of QEMU 10.0 with several processors. The image has no part in it.',
  });
}
