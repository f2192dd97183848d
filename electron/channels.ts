import type { IpcMainEvent, WebFrameMain } from 'electron';
import { z } from 'zod';
import { APP_ORIGIN } from './app-protocol.ts';
import type { EngineProcess } from './engine.ts';
import { openExternal } from './external.ts';
import type { Modules } from './shell.ts';
import type { Windows } from './windows.ts';

/** What a page may ask of the main process; everything else it asks of the engine, over its link. */
const CHANNELS = {
  connect: z.tuple([]),
  /** Share that is done, 0 to 1, in the task bar; below 0 there is nothing to show. */
  progress: z.tuple([z.number().min(-1).max(1)]),
  notify: z.tuple([z.object({ title: z.string().max(200), body: z.string().max(1000) }).strict()]),
  external: z.tuple([z.string().max(2000)]),
} as const;

type Channel = keyof typeof CHANNELS;
type Answer<C extends Channel> = (event: IpcMainEvent, ...args: z.output<(typeof CHANNELS)[C]>) => void;

/** The one place where messages of pages are registered: sender and arguments are checked here, for all of them. */
export function registerChannels(modules: Modules, windows: Windows, engine: EngineProcess): void {
  const answers: { [C in Channel]: Answer<C> } = {
    connect: event => {
      const { port1, port2 } = new modules.MessageChannelMain();
      if (engine.connect(port1)) event.sender.postMessage('goldsmith:port', null, [port2]);
      else event.sender.send('goldsmith:lost');
    },
    progress: (event, share) => windows.of(event.sender)?.setProgressBar(share),
    notify: (_event, { title, body }) => {
      const notification = new modules.Notification({ title, body });
      notification.once('click', () => windows.show());
      notification.show();
    },
    external: (_event, url) => openExternal(modules.shell, url),
  };
  for (const channel of Object.keys(CHANNELS) as Channel[]) {
    modules.ipcMain.on(`goldsmith:${channel}`, (event, ...args: unknown[]) => {
      const parsed = CHANNELS[channel].safeParse(args);
      if (!isOurs(event, windows) || !parsed.success) return;
      (answers[channel] as (event: IpcMainEvent, ...args: unknown[]) => void)(event, ...parsed.data);
    });
  }
}

/** The top frame of a window that we opened, showing our page: no frame in it, and nothing it was led to. */
function isOurs(event: IpcMainEvent, windows: Windows): boolean {
  const frame: WebFrameMain | null = event.senderFrame;
  return windows.of(event.sender) !== undefined && frame !== null && frame.parent === null && isOurPage(frame.url);
}

const isOurPage = (url: string): boolean => url === `${APP_ORIGIN}/` || url.startsWith(`${APP_ORIGIN}/#`);
