import { type ArgumentGroup, commaSafe, json } from './arguments.ts';

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
