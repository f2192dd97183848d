import electron = require('electron');

const { contextBridge, ipcRenderer } = electron;

/**
 * The page's whole surface of the desktop: it can ask for a link to the engine, and for three things that only a
 * desktop has. No event object and nothing of Electron's reaches the page. A port cannot cross the context bridge; it
 * is handed over by a message of the window to itself.
 */
contextBridge.exposeInMainWorld('goldsmith', {
  connect: (): void => ipcRenderer.send('goldsmith:connect'),
  progress: (share: number): void => ipcRenderer.send('goldsmith:progress', share),
  notify: (title: string, body: string): void => ipcRenderer.send('goldsmith:notify', { title, body }),
  external: (url: string): void => ipcRenderer.send('goldsmith:external', url),
});

ipcRenderer.on('goldsmith:port', event => window.postMessage('goldsmith:port', location.origin, [...event.ports]));
ipcRenderer.on('goldsmith:lost', () => window.postMessage('goldsmith:lost', location.origin));
