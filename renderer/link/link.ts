import type { Link } from '../../electron/ipc/wire.ts';

/** A WebSocket to the server this page came from, as a link. */
export function webSocketLink(): Promise<Link> {
  const url = new URL('/link', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  const link: Link = {
    sendText: text => socket.send(text),
    sendBytes: bytes => socket.send(bytes as Uint8Array<ArrayBuffer>),
    onText: listener => socket.addEventListener('message', ({ data }) => typeof data === 'string' && listener(data)),
    onBytes: listener =>
      socket.addEventListener('message', ({ data }) => data instanceof ArrayBuffer && listener(new Uint8Array(data))),
    onClose: listener => socket.addEventListener('close', listener),
    close: () => socket.close(),
  };
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(link));
    socket.addEventListener('close', () => reject(new Error('closed')));
  });
}

/** What only the desktop app has; its preload script says what each does. */
interface Desktop {
  connect(): void;
  progress(share: number): void;
  notify(title: string, body: string): void;
  external(url: string): void;
}

declare global {
  interface Window {
    goldsmith?: Desktop;
  }
}

const HANDED = 'goldsmith:port';
const LOST = 'goldsmith:lost';

/** A port to the engine's process as a link; the preload script hands it over in a message of this window to itself. */
export function messagePortLink(desktop: Pick<Desktop, 'connect'>): Promise<Link> {
  return new Promise((resolve, reject) => {
    const take = ({ source, data, ports: [port] }: MessageEvent): void => {
      if (source !== window || (data !== HANDED && data !== LOST)) return;
      removeEventListener('message', take);
      if (data === HANDED && port) resolve(linkOf(port));
      else reject(new Error('no engine'));
    };
    addEventListener('message', take);
    desktop.connect();
  });
}

/** A port does not say that the process behind it is gone: the main process does. */
function linkOf(port: MessagePort): Link {
  const ends = new Set<() => void>();
  const end = (): void => {
    removeEventListener('message', hear);
    port.close();
    for (const listener of ends) listener();
  };
  const hear = ({ source, data }: MessageEvent): void => {
    if (source === window && data === LOST) end();
  };
  addEventListener('message', hear);
  const link: Link = {
    sendText: text => port.postMessage(text),
    sendBytes: bytes => port.postMessage(bytes),
    onText: listener => port.addEventListener('message', ({ data }) => typeof data === 'string' && listener(data)),
    onBytes: listener => port.addEventListener('message', ({ data }) => data instanceof Uint8Array && listener(data)),
    onClose: listener => void ends.add(listener),
    close: end,
  };
  port.start();
  return link;
}

export const openLink = (): Promise<Link> => (window.goldsmith ? messagePortLink(window.goldsmith) : webSocketLink());
