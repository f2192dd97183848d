import { type ArgumentGroup, commaSafe, json } from './arguments.ts';
import { attributes, type DevicePart, type XmlElement } from './xml.ts';

export interface ConsoleSockets {
  vnc: string;
  serial: string;
  qmp: string;
}

/** Screen, serial port and monitor: unix sockets in the build's private folder, no TCP port. */
export const consoleArguments = (sockets: ConsoleSockets, serialLog: string): ArgumentGroup[] => [
  { owner: '-vga', args: json('-device', { driver: 'VGA', id: 'video0' }) },
  { owner: '-display', args: ['-display', 'none'] },
  { owner: '-vnc', args: ['-vnc', `unix:${commaSafe(sockets.vnc)}`] },
  {
    owner: '-serial',
    args: [
      '-chardev',
      `socket,id=serial0,server=on,wait=off,path=${commaSafe(sockets.serial)},logfile=${commaSafe(serialLog)},logappend=on`,
      '-serial',
      'chardev:serial0',
    ],
  },
  {
    owner: '',
    args: [
      '-chardev',
      `socket,id=qmp0,server=on,wait=off,path=${commaSafe(sockets.qmp)}`,
      '-mon',
      'chardev=qmp0,mode=control',
    ],
  },
];

/** Where libvirt is to put screen and serial port: in our folder, or wherever it likes, to be asked for through it. */
export type LibvirtConsole =
  | { kind: 'sockets'; vnc: string; serial: string; serialLog: string }
  /** Reached through libvirt; VNC on the host's loopback where no descriptor can be handed over, but SSH leads there. */
  | { kind: 'through-libvirt'; hasPort: boolean };

/** Screen and serial port for libvirt; no SPICE, and nothing that listens beyond the host. */
export const consoleXml = (console: LibvirtConsole): DevicePart[] => [
  { elements: { video: { model: attributes({ type: 'vga', vram: 16384 }) } }, takesSlot: true },
  { elements: { graphics: graphicsXml(console) } },
  { elements: { serial: serialXml(console) } },
];

function graphicsXml(console: LibvirtConsole): XmlElement {
  if (console.kind === 'sockets') return attributes({ type: 'vnc', socket: console.vnc });
  const listen = console.hasPort ? attributes({ type: 'address', address: '127.0.0.1' }) : attributes({ type: 'none' });
  return { ...attributes({ type: 'vnc', ...(console.hasPort ? { autoport: 'yes' } : {}) }), listen };
}

const serialXml = (console: LibvirtConsole): XmlElement =>
  console.kind === 'sockets'
    ? {
        ...attributes({ type: 'unix' }),
        source: attributes({ mode: 'bind', path: console.serial }),
        log: attributes({ file: console.serialLog, append: 'on' }),
        target: attributes({ port: 0 }),
      }
    : { ...attributes({ type: 'pty' }), target: attributes({ port: 0 }) };
