import type { Firmware } from '../model/machine.ts';
import { type ArgumentGroup, commaSafe } from './arguments.ts';

/** BIOS is QEMU's own unless a path is given; UEFI is a read-only code flash and this machine's own variables. */
export function firmwareArguments(firmware: Firmware): ArgumentGroup[] {
  if (firmware.kind === 'bios') return firmware.path ? [{ owner: '-bios', args: ['-bios', firmware.path] }] : [];
  const flash = (unit: number, file: string, isReadOnly: boolean): string[] => [
    '-drive',
    `if=pflash,unit=${unit},format=raw,readonly=${isReadOnly ? 'on' : 'off'},file=${commaSafe(file)}`,
  ];
  return [
    {
      owner: '-pflash',
      args: [
        ...flash(0, firmware.code, true),
        ...flash(1, firmware.vars, false),
        ...(firmware.secureBoot ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
      ],
    },
  ];
}
