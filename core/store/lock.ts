import { createHash } from 'node:crypto';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { GoldsmithError } from '../model/failure.ts';

/** A name that this process has for itself until it releases it, or dies. */
export interface Lock {
  release(): Promise<void>;
}

export interface LockOptions {
  signal?: AbortSignal;
  /** Called once, when somebody else has the lock. */
  onWait?: (holder: string) => void;
}

/** Between two attempts when the holder is just letting go. */
const RETRY_MS = 20;
/** How long a busy holder may take to say who it is. */
const GREETING_MS = 500;

/**
 * Runs `act` while this process alone holds `name`; waits for its turn without polling.
 * Locks are abstract unix sockets: the kernel frees them with the process, also after kill -9, and no file stays.
 * They hold among processes of one user in one network namespace; the store's renames and links hold everywhere.
 */
export async function withLock<T>(name: string, act: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const lock = await waitForLock(name, options);
  try {
    return await act();
  } finally {
    await lock.release();
  }
}

/** Takes the lock if nobody has it. */
export async function tryLock(name: string): Promise<Lock | undefined> {
  const holder = new Holder();
  return (await holder.listen(socketOf(name))) ? holder : undefined;
}

/** Waits until the lock is free and takes it. @throws AbortError */
export async function waitForLock(name: string, options: LockOptions = {}): Promise<Lock> {
  let isTold = false;
  const tell = (holder: string) => {
    if (!isTold) options.onWait?.(holder);
    isTold = true;
  };
  for (;;) {
    options.signal?.throwIfAborted();
    const lock = await tryLock(name);
    if (lock) return lock;
    await untilReleased(socketOf(name), tell, options.signal);
  }
}

/** Who holds the lock, for people; undefined when it is free. */
export async function lockHolder(name: string): Promise<string | undefined> {
  const done = new AbortController();
  let holder: string | undefined;
  const tell = (greeting: string) => {
    holder = greeting;
    done.abort();
  };
  await untilReleased(socketOf(name), tell, done.signal).catch(() => undefined);
  return holder;
}

/** NUL first: a name in the kernel, no file. At most 107 bytes, so the name is hashed. */
function socketOf(name: string): string {
  return `\0goldsmith-${userInfo().uid}-${createHash('sha256').update(name).digest('hex')}`;
}

class Holder implements Lock {
  readonly #waiting = new Set<Socket>();
  readonly #server: Server = createServer(socket => this.#greet(socket));

  /** False when the name is taken. */
  listen(address: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') resolve(false);
        else reject(new GoldsmithError('host-lacks', `A lock cannot be taken: ${error.message}`, { cause: error }));
      });
      this.#server.listen(address, () => resolve(true));
      this.#server.unref(); // a lock keeps no process alive
    });
  }

  #greet(socket: Socket): void {
    this.#waiting.add(socket);
    socket.unref();
    socket.on('error', () => undefined);
    socket.on('close', () => this.#waiting.delete(socket));
    socket.write(`process ${process.pid}\n`);
  }

  release(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve());
      for (const socket of this.#waiting) socket.destroy(); // after the name is free: each of them tries again
    });
  }
}

/** Settles when the holder closes our connection: by releasing, or by dying. */
async function untilReleased(address: string, tell: (holder: string) => void, signal?: AbortSignal): Promise<void> {
  const socket = createConnection(address);
  const slow = setTimeout(() => tell('another process'), GREETING_MS);
  const stop = () => socket.destroy();
  signal?.addEventListener('abort', stop);
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => tell(text.trim()));
  const wasConnected = await new Promise<boolean>(resolve => {
    let isConnected = false;
    socket.on('connect', () => {
      isConnected = true;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(isConnected));
  });
  clearTimeout(slow);
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
  if (!wasConnected) await sleep(RETRY_MS);
}
