import type { VmEvent, VmExit } from '../driver.ts';
import type { ConnectionEvent } from './connection.ts';

/** virDomainEventType and the details that matter to us (libvirt-domain.h). */
const LIFECYCLE = { suspended: 3, resumed: 4, stopped: 5, shutdown: 6, crashed: 8 } as const;
const STOPPED = { shutdown: 0, destroyed: 1, crashed: 2, failed: 5 } as const;
const SHUTDOWN_BY_GUEST = 1;
/** virDomainEventSuspendedDetailType. */
const SUSPENDED: Record<number, string> = { 0: 'stopped', 2: 'io-error', 3: 'watchdog' };

/** What a machine's event means to a build; nothing for the many that do not matter. */
export function vmEventOf(event: ConnectionEvent): VmEvent | undefined {
  if (event.kind === 'reboot') return { type: 'reset' };
  if (event.kind === 'io-error') {
    return { type: 'io-error', device: event.device, isNoSpace: event.reason === 'enospc' };
  }
  if (event.kind !== 'lifecycle') return undefined;
  const { event: what, detail } = event;
  if (what === LIFECYCLE.suspended) return { type: 'paused', reason: SUSPENDED[detail] ?? 'stopped' };
  if (what === LIFECYCLE.resumed) return { type: 'resumed' };
  if (what === LIFECYCLE.crashed) return { type: 'panicked' };
  return what === LIFECYCLE.shutdown && detail === SHUTDOWN_BY_GUEST ? { type: 'powered-off' } : undefined;
}

/** How a machine ended, if this event says that it did; without its last words. */
export function exitOf(event: ConnectionEvent, isEndOurs: boolean): Omit<VmExit, 'lastLines'> | undefined {
  if (event.kind !== 'lifecycle' || event.event !== LIFECYCLE.stopped) return undefined;
  const { detail } = event;
  if (isEndOurs || detail === STOPPED.shutdown) return { isExpected: true, reason: 'the guest is off' };
  if (detail === STOPPED.destroyed) return { isExpected: false, reason: 'somebody ended it through libvirt' };
  const isCrash = detail === STOPPED.crashed || detail === STOPPED.failed;
  return { isExpected: false, reason: isCrash ? 'QEMU died' : `libvirt ended it (reason ${detail})` };
}
