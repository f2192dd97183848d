import { createRequire } from 'node:module';

/**
 * Ends the process as it stands. Node would end its threads first, and wait for one that is inside libvirt: without
 * end for a daemon that says nothing. To be called when nobody waits for an answer any more.
 */
export function leaveNow(status: number): void {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  koffi.load(null).func('void _exit(int status)')(status);
}
