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

declare global {
  interface Window {
    /** There in the Electron app: a port to the engine's process. */
    goldsmith?: { connect(): Promise<MessagePort> };
  }
}

/** A port to the engine's process as a link. A port says nothing when the other side dies: the host closes it. */
export async function messagePortLink(connect: () => Promise<MessagePort>): Promise<Link> {
  const port = await connect();
  const texts = new Set<(text: string) => void>();
  const pieces = new Set<(bytes: Uint8Array) => void>();
  const ends = new Set<() => void>();
  port.onmessage = ({ data }) => {
    if (typeof data === 'string') for (const listener of texts) listener(data);
    else if (data instanceof Uint8Array) for (const listener of pieces) listener(data);
    else if (data === null) for (const listener of ends) listener();
  };
  port.start();
  return {
    sendText: text => port.postMessage(text),
    sendBytes: bytes => port.postMessage(bytes),
    onText: listener => void texts.add(listener),
    onBytes: listener => void pieces.add(listener),
    onClose: listener => void ends.add(listener),
    close: () => port.close(),
  };
}

export const openLink = (): Promise<Link> =>
  window.goldsmith ? messagePortLink(window.goldsmith.connect) : webSocketLink();
