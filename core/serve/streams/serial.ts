import { appendFile, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { formatBytes } from '../../model/quantity.ts';
import type { Host } from '../host.ts';
import { connectSocket, writeTo } from './connect.ts';
import { tail } from './file-tail.ts';
import type { StreamIo } from './streams.ts';

/** What a new viewer gets of an older log. */
const SCROLLBACK_BYTES = 1 << 20;
/** A viewer that is further behind than this is brought to the present. */
const MOST_BEHIND_BYTES = 8 << 20;

/**
 * The serial port: everything is in its log, so that is what is shown, to any number of viewers and after a reload;
 * QEMU's socket, which serves one at a time, is taken only by the viewer who types.
 */
export async function serialStream(args: { machine: string }, host: Host, io: StreamIo): Promise<void> {
  const engine = await host.engine();
  const { serialSocket, serialLog } = await engine.console(args.machine);
  const keyboard = new Keyboard(serialSocket);
  io.signal.addEventListener('abort', () => keyboard.close(), { once: true });
  io.onReceive(bytes => keyboard.type(bytes));
  try {
    await tail(await existing(serialLog), {
      from: Math.max(0, (await stat(serialLog)).size - SCROLLBACK_BYTES),
      signal: io.signal,
      use: io.send,
      goesOn: async () => isAlive(),
      skip: async (position, size) => {
        if (size - position <= MOST_BEHIND_BYTES) return position;
        const next = size - SCROLLBACK_BYTES;
        await io.send(Buffer.from(`\r\n\x1b[0m[${formatBytes(next - position)} left out: too fast to be shown]\r\n`));
        return next;
      },
    });
  } finally {
    keyboard.close();
  }

  async function isAlive(): Promise<boolean> {
    return engine.console(args.machine).then(
      now => now.serialLog === serialLog,
      () => false,
    );
  }
}

/** A machine that has printed nothing yet has no log. */
async function existing(file: string): Promise<string> {
  await appendFile(file, '');
  return file;
}

/** Connects at the first key, and lets go when the viewer leaves, so that another one can type. */
class Keyboard {
  #socket: Promise<Socket> | undefined;

  constructor(readonly path: string) {}

  async type(bytes: Uint8Array): Promise<void> {
    this.#socket ??= this.#connect();
    await writeTo(await this.#socket, bytes);
  }

  async #connect(): Promise<Socket> {
    const socket = await connectSocket(this.path, 'serial port');
    socket.on('error', () => {}); // its end is the machine's
    socket.once('close', () => {
      this.#socket = undefined;
    });
    return socket.resume(); // what it prints comes from the log
  }

  close(): void {
    void this.#socket?.then(
      socket => socket.destroy(),
      () => {},
    );
  }
}
