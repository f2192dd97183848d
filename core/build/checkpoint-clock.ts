import type { Guest } from '../guest/guest.ts';
import { shellQuote } from '../guest/shell-quote.ts';
import type { Scope } from './scope.ts';

const TIMEOUT_MS = 10_000;

/**
 * Sets a guest's clock, which stood still while its checkpoint lay on the disk: certificates and package indexes would
 * be of the future. As root, or by sudo without a password; what cannot be set is told.
 */
export async function setGuestClock(scope: Scope, guest: Guest, now: Date): Promise<void> {
  const set = `date -u -s @${Math.round(now.getTime() / 1000)}`;
  const script = `${set} >/dev/null 2>&1 || sudo -n ${set} >/dev/null 2>&1`;
  const powershell = `powershell -Command "Set-Date -Date ([DateTimeOffset]::FromUnixTimeSeconds(${Math.round(now.getTime() / 1000)}).LocalDateTime)"`;
  const isUnix = guest.address.hostKeys.length > 0;
  const { exitCode } = await guest.exec(isUnix ? `sh -c ${shellQuote(script)}` : powershell, {
    timeoutMs: TIMEOUT_MS,
    signal: scope.signal,
  });
  if (exitCode === 0) return;
  scope.emit({
    type: 'warning',
    message: "The guest's clock could not be set: it stands where it stood at the checkpoint.",
    hint: 'The user needs root, or sudo without a password.',
  });
}
