import type { Firmware } from '../model/machine.ts';
import { type ArgumentGroup, commaSafe } from './arguments.ts';
import { attributes, type XmlElement } from './xml.ts';

/** BIOS is QEMU's own unless a path is given; UEFI is a read-only code flash and this machine's own variables. */
export function firmwareArguments(firmware: Firmware): ArgumentGroup[] {
  if (firmware.kind === 'bios') return biosArguments(firmware);
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

function biosArguments({ path, isFlash }: Extract<Firmware, { kind: 'bios' }>): ArgumentGroup[] {
  if (!path) return [];
  if (!isFlash) return [{ owner: '-bios', args: ['-bios', path] }];
  const flash = `if=pflash,unit=0,format=raw,readonly=on,file=${commaSafe(path)}`;
  return [{ owner: '-pflash', args: ['-drive', flash] }];
}

/** The same firmware below `<os>`; the variables are this machine's own file already, so that libvirt makes none. */
export function firmwareXml(firmware: Firmware): XmlElement {
  if (firmware.kind === 'efi') {
    const secure = firmware.secureBoot ? 'yes' : 'no';
    return {
      loader: { ...attributes({ readonly: 'yes', secure, type: 'pflash' }), '#text': firmware.code },
      nvram: firmware.vars,
    };
  }
  if (!firmware.path) return {};
  if (!firmware.isFlash) return { loader: { ...attributes({ type: 'rom' }), '#text': firmware.path } };
  return { loader: { ...attributes({ readonly: 'yes', stateless: 'yes', type: 'pflash' }), '#text': firmware.path } };
}
