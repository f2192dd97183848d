import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GoldsmithError } from '../../model/failure.ts';
import type { VmInfo } from '../../model/vm.ts';
import type { Host } from '../host.ts';
import type { StreamIo } from './streams.ts';

/** A living machine by its full name. @throws GoldsmithError `not-found` */
export async function machineOf(host: Host, id: string): Promise<VmInfo> {
  const found = (await (await host.engine()).vms()).find(vm => vm.id === id);
  if (found) return found;
  throw new GoldsmithError('not-found', 'The machine is not running.');
}

/** Connects to a machine's private socket. @throws GoldsmithError `not-found` */
export async function connectSocket(path: string | undefined, what: string): Promise<Socket> {
  const socket = connect(path ?? '');
  try {
    await once(socket, 'connect');
    return socket;
  } catch (cause) {
    throw new GoldsmithError('not-found', `The machine's ${what} cannot be reached.`, { cause });
  }
}

/** Carries bytes both ways until one side ends, each no faster than the other takes them. */
export async function carry(duplex: Duplex, io: StreamIo): Promise<void> {
  const stop = (): void => void duplex.destroy();
  io.signal.addEventListener('abort', stop, { once: true });
  io.onReceive(bytes => writeTo(duplex, bytes));
  duplex.on('error', () => {}); // a destroyed socket's error is its end
  try {
    for await (const chunk of duplex) await io.send(chunk as Uint8Array);
  } catch {
    // ended: by us, or with the machine
  } finally {
    io.signal.removeEventListener('abort', stop);
    duplex.destroy();
  }
}

/** Settles when the other side has room again. */
export function writeTo(duplex: Duplex, bytes: Uint8Array): Promise<void> {
  if (duplex.destroyed || duplex.write(bytes)) return Promise.resolve();
  return new Promise(resolve => {
    duplex.once('drain', resolve);
    duplex.once('close', resolve);
  });
}
