import { EventEmitter } from 'node:events';
import type { Modules } from '../../electron/shell.ts';

/**
 * Electron's modules as the shell sees them, in memory: they record what they are told, and emit what the test wants
 * to happen. Not a browser: what Chromium makes of the settings is shown by the test that needs the real binary.
 */

export class FakeContents extends EventEmitter {
  readonly sent: { channel: string; ports?: unknown[] }[] = [];
  openHandler: ((details: { url: string }) => { action: string }) | undefined;
  readonly mainFrame = { url: 'app://goldsmith/', parent: null as unknown };

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }
  send(channel: string): void {
    this.sent.push({ channel });
  }
  postMessage(channel: string, _message: unknown, ports: unknown[]): void {
    this.sent.push({ channel, ports });
  }
}

export class FakeWindow extends EventEmitter {
  readonly webContents = new FakeContents();
  readonly loaded: string[] = [];
  progress: number | undefined;
  focused = 0;

  constructor(
    readonly modules: FakeModules,
    readonly options: { webPreferences: Record<string, unknown> },
  ) {
    super();
    modules.windows.push(this);
    modules.app.emit('web-contents-created', {}, this.webContents);
  }
  loadURL(url: string): Promise<void> {
    this.loaded.push(url);
    return Promise.resolve();
  }
  setProgressBar(share: number): void {
    this.progress = share;
  }
  isMinimized = (): boolean => false;
  restore(): void {}
  show(): void {}
  focus(): void {
    this.focused++;
  }
}

export class FakeChild extends EventEmitter {
  readonly ports: unknown[] = [];
  isKilled = false;
  postMessage(_message: unknown, ports: unknown[]): void {
    this.ports.push(...ports);
    this.emit('ports', ports);
  }
  kill(): boolean {
    this.isKilled = true;
    return true;
  }
}

class FakeApp extends EventEmitter {
  readonly calls: string[] = [];
  isFirst = true;
  enableSandbox(): void {
    this.calls.push('enableSandbox');
  }
  requestSingleInstanceLock(): boolean {
    this.calls.push('requestSingleInstanceLock');
    return this.isFirst;
  }
  whenReady(): Promise<void> {
    this.calls.push('ready');
    return Promise.resolve();
  }
  quit(): void {
    this.calls.push('quit');
  }
}

class FakeSession extends EventEmitter {
  request: ((contents: unknown, permission: string, callback: (is: boolean) => void) => void) | undefined;
  check: ((contents: unknown, permission: string) => boolean) | undefined;
  device: (() => boolean) | undefined;
  before: ((details: { url: string }, callback: (answer: { cancel: boolean }) => void) => void) | undefined;
  handler: ((request: Request | { url: string; method: string }) => Response) | undefined;
  readonly webRequest = {
    onBeforeRequest: (listener: NonNullable<FakeSession['before']>): void => {
      this.before = listener;
    },
  };
  readonly protocol = {
    handle: (_scheme: string, handler: NonNullable<FakeSession['handler']>): void => {
      this.handler = handler;
    },
  };
  setPermissionRequestHandler(handler: NonNullable<FakeSession['request']>): void {
    this.request = handler;
  }
  setPermissionCheckHandler(handler: NonNullable<FakeSession['check']>): void {
    this.check = handler;
  }
  setDevicePermissionHandler(handler: NonNullable<FakeSession['device']>): void {
    this.device = handler;
  }
}

export class FakeModules {
  readonly app = new FakeApp();
  readonly windows: FakeWindow[] = [];
  readonly children: FakeChild[] = [];
  readonly opened: string[] = [];
  readonly notified: unknown[] = [];
  readonly schemes: { scheme: string; privileges: Record<string, boolean> }[] = [];
  readonly ipcMain = new EventEmitter();
  readonly session = { defaultSession: new FakeSession() };
  readonly protocol = { registerSchemesAsPrivileged: (all: FakeModules['schemes']) => void this.schemes.push(...all) };
  readonly shell = { openExternal: (url: string) => Promise.resolve(void this.opened.push(url)) };
  readonly Menu = { buildFromTemplate: (template: unknown) => template, setApplicationMenu: () => {} };
  readonly utilityProcess = {
    fork: (): FakeChild => {
      const child = new FakeChild();
      this.children.push(child);
      return child;
    },
  };
  readonly BrowserWindow: new (
    options: FakeWindow['options'],
  ) => FakeWindow;
  readonly Notification: new (
    options: unknown,
  ) => EventEmitter & { show(): void };
  readonly MessageChannelMain: new () => { port1: MessagePort; port2: MessagePort };

  constructor() {
    const modules = this;
    this.BrowserWindow = class extends FakeWindow {
      constructor(options: FakeWindow['options']) {
        super(modules, options);
      }
    };
    this.Notification = class extends EventEmitter {
      constructor(options: unknown) {
        super();
        modules.notified.push(options);
      }
      show(): void {}
    };
    this.MessageChannelMain = MessageChannel as unknown as FakeModules['MessageChannelMain'];
  }

  /** As the shell takes them. */
  get asElectron(): Modules {
    return this as unknown as Modules;
  }

  /** What a page sends to the main process. */
  send(channel: string, args: unknown[], from: { sender?: FakeContents; frame?: object | null } = {}): void {
    const sender = from.sender ?? this.windows[0]?.webContents;
    this.ipcMain.emit(
      `goldsmith:${channel}`,
      { sender, senderFrame: from.frame === undefined ? sender?.mainFrame : from.frame },
      ...args,
    );
  }
}
