import type { MessageEvent } from 'electron';
import type { Host } from '../core/serve/host.ts';
import { News } from '../core/serve/news.ts';
import { Session } from '../core/serve/session.ts';
import { portLink } from './port-link.ts';

/** What the engine's process hears of the main process: ports to pages, and nothing else. */
export interface Parent {
  on(event: 'message', listener: (event: MessageEvent) => void): unknown;
}

/** Serves every page whose port is handed over. */
export function serveParent(parent: Parent, host: Host): void {
  const news = new News(host);
  parent.on('message', ({ ports }) => {
    for (const port of ports) new Session(host, portLink(port), news);
  });
}
