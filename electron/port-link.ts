import type { MessagePortMain } from 'electron';
import type { Link } from './ipc/wire.ts';

/** The engine's end of a page's port as a link. */
export function portLink(port: MessagePortMain): Link {
  const link: Link = {
    sendText: text => port.postMessage(text),
    sendBytes: bytes => port.postMessage(bytes),
    onText: listener => void port.on('message', ({ data }) => typeof data === 'string' && listener(data)),
    onBytes: listener => void port.on('message', ({ data }) => data instanceof Uint8Array && listener(data)),
    onClose: listener => void port.once('close', listener),
    close: () => port.close(),
  };
  port.start();
  return link;
}
