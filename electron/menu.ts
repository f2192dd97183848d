import type { Menu } from 'electron';
import type { Modules } from './shell.ts';

/** What every desktop app has. What Goldsmith does is in its command palette. */
export const applicationMenu = (modules: Modules, newWindow: () => void): Menu =>
  modules.Menu.buildFromTemplate([
    {
      label: '&File',
      submenu: [
        { label: '&New Window', accelerator: 'CmdOrCtrl+N', click: newWindow },
        { type: 'separator' },
        { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { role: 'reload' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
  ]);
