import type { BrowserWindow, BrowserWindowConstructorOptions, WebContents } from 'electron';
import { APP_ORIGIN } from './app-protocol.ts';
import type { Modules, Places } from './shell.ts';

/** Some are Electron's defaults today; they are said so that a test can hold them, whatever the defaults become. */
export const WEB_PREFERENCES = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false,
} as const satisfies BrowserWindowConstructorOptions['webPreferences'];

/** Our windows, which are the only senders that anything is done for. */
export class Windows {
  readonly #windows = new Set<BrowserWindow>();

  constructor(
    readonly modules: Modules,
    readonly places: Places,
  ) {}

  open(): void {
    const window = new this.modules.BrowserWindow({
      width: 1280,
      height: 800,
      minWidth: 480,
      show: false,
      title: 'Goldsmith',
      webPreferences: { ...WEB_PREFERENCES, preload: this.places.preload },
    });
    this.#windows.add(window);
    window.once('ready-to-show', () => window.show());
    window.once('closed', () => this.#windows.delete(window));
    void window.loadURL(`${APP_ORIGIN}/`);
  }

  /** Brings a window to the front; opens one where none is left. */
  show(): void {
    const [window] = this.#windows;
    if (window?.isMinimized()) window.restore();
    window?.show();
    window?.focus();
    if (!window) this.open();
  }

  of(contents: WebContents): BrowserWindow | undefined {
    return [...this.#windows].find(window => window.webContents === contents);
  }

  tellAll(channel: 'lost'): void {
    for (const window of this.#windows) window.webContents.send(`goldsmith:${channel}`);
  }
}
