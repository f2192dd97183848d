import { parseBootCommand } from '../boot/command.ts';
import type { Vm } from '../drivers/driver.ts';
import type { InstallerShell } from '../installer/installers.ts';

const KEY_INTERVAL_MS = 50;

/**
 * Brings a shell of the installer to the serial console. Where the installer itself is there, in a multiplexer, that is
 * told to show its shell; else a shell is opened on the screen, which starts another one on the serial port.
 * @param serial what the serial console showed so far
 * @returns what has to be typed on the serial console, to begin with
 */
export async function openShell(vm: Vm, shell: InstallerShell, serial: string, signal: AbortSignal): Promise<string> {
  const { onSerial, onScreen } = shell;
  if (onSerial?.shows.test(serial)) return onSerial.keys;
  await vm.typeKeys(parseBootCommand(onScreen), { keyIntervalMs: KEY_INTERVAL_MS, signal });
  return '\r';
}
