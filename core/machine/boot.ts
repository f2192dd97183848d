import type { Machine } from '../model/machine.ts';
import type { ArgumentGroup } from './arguments.ts';
import type { XmlElement } from './xml.ts';

/**
 * With a directly loaded kernel a guest's reboot would only start the installer again, so there it ends the machine.
 */
export function bootArguments({ boot }: Machine): ArgumentGroup[] {
  if (boot.kind === 'firmware') return [];
  return [
    {
      owner: '-kernel',
      args: ['-kernel', boot.kernel, '-initrd', boot.initrd, '-append', boot.append, '-action', 'reboot=shutdown'],
    },
  ];
}

/**
 * Where the firmware looks first (lower is earlier). An empty disk is passed over, so the installer boots from the
 * CD once and the installed system ever after.
 */
export const BOOT_INDEX = { disk: 1, cdrom: 50 } as const;

/** What libvirt loads, and what a guest's reboot comes to (`bootArguments` says why). */
export const bootXml = ({ boot }: Machine): { os: XmlElement; onReboot: 'restart' | 'destroy' } =>
  boot.kind === 'firmware'
    ? { os: {}, onReboot: 'restart' }
    : { os: { kernel: boot.kernel, initrd: boot.initrd, cmdline: boot.append }, onReboot: 'destroy' };
