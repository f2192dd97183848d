import type * as Electron from 'electron';
import { readAssets } from '../core/serve/assets.ts';
import { APP_SCHEME, serveApp } from './app-protocol.ts';
import { registerChannels } from './channels.ts';
import { EngineProcess } from './engine.ts';
import { guardContents, guardSession } from './guards.ts';
import { applicationMenu } from './menu.ts';
import { Windows } from './windows.ts';

/** Electron's modules that the main process uses: the real ones, or the tests' stand-in of them. */
export type Modules = Pick<
  typeof Electron,
  | 'app'
  | 'BrowserWindow'
  | 'ipcMain'
  | 'Menu'
  | 'MessageChannelMain'
  | 'Notification'
  | 'protocol'
  | 'session'
  | 'shell'
  | 'utilityProcess'
>;

/** Where the parts of the app are. */
export interface Places {
  preload: string;
  /** The engine's process. */
  engine: string;
  /** Folder of the built pages. */
  assets: string;
  /** Where labs and relative paths are looked for. */
  folder: string;
}

/**
 * The main process: a broker. It opens windows, starts the engine in a process of its own and brings the two together;
 * it reads no recipe and starts no machine, so what kills the engine costs no window.
 */
export async function startShell(modules: Modules, places: Places): Promise<void> {
  const { app } = modules;
  app.enableSandbox();
  if (!app.requestSingleInstanceLock()) return app.quit();
  modules.protocol.registerSchemesAsPrivileged([APP_SCHEME]);
  app.on('web-contents-created', (_event, contents) => guardContents(contents));
  await app.whenReady();
  guardSession(modules.session.defaultSession);
  serveApp(modules.session.defaultSession.protocol, await readAssets(places.assets));
  const windows = new Windows(modules, places);
  const engine = new EngineProcess(modules, places, () => windows.tellAll('lost'));
  registerChannels(modules, windows, engine);
  modules.Menu.setApplicationMenu(applicationMenu(modules, () => windows.open()));
  app.on('second-instance', () => windows.show());
  app.on('activate', () => windows.show());
  app.on('window-all-closed', () => app.quit());
  app.on('will-quit', () => engine.end());
  engine.start();
  windows.open();
}
