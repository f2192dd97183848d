import { setTimeout as sleep } from 'node:timers/promises';
import { GoldsmithError } from '../../model/failure.ts';
import type { Calls } from './ffi/calls.ts';
import { libvirtCode, REMOTE, SYSTEM_ERROR } from './ffi/error.ts';
import type { ConsoleEvent, NativeEvent } from './ffi/event-thread.ts';
import type { Pointer } from './ffi/native.ts';
import { libvirtThreads, type Threads } from './ffi/threads.ts';
import { inTime, OPEN_MS, openInTime } from './opening.ts';
import { networkHostOf, sshTargetOf } from './uri.ts';

/** Calls that are made on a connection: their first argument. */
type OnConnection = {
  [Name in keyof Calls]: Calls[Name] extends (connection: Pointer, ...rest: never[]) => unknown ? Name : never;
}[keyof Calls];
type Rest<Name extends OnConnection> = Parameters<Calls[Name]> extends [Pointer, ...infer More] ? More : never;

/** What a connection tells: libvirt's events, and of itself that it was lost and is there again, or never will be. */
export type ConnectionEvent =
  | Exclude<NativeEvent, { kind: 'closed' }>
  | { kind: 'lost' }
  | { kind: 'restored' }
  | { kind: 'gone'; error: unknown };

/** A daemon that was killed is given this long to be there again. */
const RETRY_FOR_MS = 30_000;
const RETRY_EVERY_MS = 500;
/** So long a look at what is there waits for each libvirt. */
const LOOK_MS = 5000;

/** One connection to a libvirt, kept up: when the daemon restarts, it is made again. */
export class Connection {
  readonly #listeners = new Set<(event: ConnectionEvent) => void>();
  /** What is being asked: the handle is not freed before it is answered. */
  readonly #asked = new Set<Promise<unknown>>();
  /** Handles that a call found broken. */
  readonly #broken = new Set<Pointer>();
  /** The handle; while the connection is made again, the next one. */
  #pointer: Promise<Pointer>;
  #current: Pointer | undefined;
  #isClosed = false;
  #stopListening: () => void = () => {};

  private constructor(
    readonly threads: Threads,
    readonly uri: string,
    pointer: Pointer,
  ) {
    this.#current = pointer;
    this.#pointer = Promise.resolve(pointer);
  }

  /**
   * @param answerMs how long it may take to be let in
   * @throws GoldsmithError `host-lacks`: no libvirt, no daemon, no permission, nobody at the URI, or no answer
   */
  static async open(uri: string, answerMs = OPEN_MS): Promise<Connection> {
    const threads = await libvirtThreads();
    const pointer = await openInTime(threads, uri, answerMs).catch(error => {
      throw withHintFor(uri, error);
    });
    const connection = new Connection(threads, uri, pointer);
    connection.#stopListening = threads.onEvent(event => connection.#hear(event));
    await threads.subscribe(pointer);
    return connection;
  }

  /** @throws GoldsmithError `host-lacks` when the connection was lost and could not be made again */
  async call<Name extends OnConnection>(name: Name, ...rest: Rest<Name>): Promise<ReturnType<Calls[Name]>> {
    const pointer = await this.#pointer;
    const answer = this.#ask(pointer, name, rest);
    this.#asked.add(answer);
    try {
      return await answer;
    } catch (error) {
      this.#asked.delete(answer);
      // Whoever cleans up after this failure is to find the connection made again.
      if (this.#broken.has(pointer)) this.#restore(pointer);
      throw error;
    } finally {
      this.#asked.delete(answer);
    }
  }

  async #ask<Name extends OnConnection>(
    pointer: Pointer,
    name: Name,
    rest: unknown[],
  ): Promise<ReturnType<Calls[Name]>> {
    try {
      return await this.threads.call(name, ...([pointer, ...rest] as unknown as Parameters<Calls[Name]>));
    } catch (error) {
      if (!(await this.threads.call('connectIsAlive', pointer).catch(() => false))) this.#broken.add(pointer);
      throw error;
    }
  }

  /** @throws GoldsmithError as `call` */
  async openConsole(uuid: string, listener: (event: ConsoleEvent) => void) {
    return this.threads.openConsole(await this.#pointer, uuid, listener);
  }

  onEvent(listener: (event: ConnectionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Frees the handle; machines that were to die with us are ended by the daemon. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopListening();
    await this.#drop();
  }

  async #drop(): Promise<void> {
    const pointer = this.#current;
    if (pointer === undefined) return;
    this.#current = undefined;
    this.#broken.delete(pointer);
    await this.threads.unsubscribe(pointer);
    await Promise.allSettled(this.#asked);
    await this.threads.call('connectClose', pointer).catch(() => {}); // the daemon may be gone, the handle is freed
  }

  #hear(event: NativeEvent): void {
    if (event.connection !== this.#current) return;
    if (event.kind === 'closed') this.#restore(event.connection);
    else this.#tell(event);
  }

  #tell(event: ConnectionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #restore(broken: Pointer): void {
    if (this.#current !== broken || this.#isClosed) return;
    this.#tell({ kind: 'lost' });
    this.#pointer = this.#drop().then(() => this.#openAgain());
    this.#pointer.then(
      () => this.#tell({ kind: 'restored' }),
      error => this.#tell({ kind: 'gone', error }),
    );
  }

  async #openAgain(): Promise<Pointer> {
    const deadline = performance.now() + RETRY_FOR_MS;
    for (;;) {
      try {
        const pointer = await openInTime(this.threads, this.uri, RETRY_FOR_MS);
        this.#current = pointer;
        await this.threads.subscribe(pointer);
        return pointer;
      } catch (error) {
        if (this.#isClosed || performance.now() > deadline) throw error;
      }
      await sleep(RETRY_EVERY_MS);
    }
  }
}

/** What may be amiss with the way there: libvirt's own codes do not tell it from a daemon that is off. */
function withHintFor(uri: string, error: unknown): unknown {
  const code = libvirtCode(error);
  if (!(error instanceof GoldsmithError) || error.code !== 'host-lacks' || code === undefined) return error;
  const hint = networkHint(uri) ?? (sshTargetOf(uri) && code === SYSTEM_ERROR ? REMOTE : undefined);
  return hint === undefined
    ? error
    : new GoldsmithError(error.code, error.message, { hint, details: error.details, cause: error });
}

function networkHint(uri: string): string | undefined {
  const host = networkHostOf(uri);
  return (
    host &&
    (host.isEncrypted
      ? 'Look whether libvirt listens there (virtproxyd-tls.socket), and for the certificates at both ends (libvirt.org/kbase/tlscerts.html).'
      : 'Look whether libvirt listens there (virtproxyd-tcp.socket, or listen_tcp in libvirtd.conf), or use qemu+ssh://USER@HOST/system.')
  );
}

/** Opens a connection for one piece of work. @throws GoldsmithError as `Connection.open` */
export async function withConnection<T>(
  uri: string,
  work: (connection: Connection) => Promise<T>,
  answerMs = OPEN_MS,
): Promise<T> {
  const connection = await Connection.open(uri, answerMs);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** A look at what is there: none that is silent is waited for. @throws GoldsmithError as `Connection.open` */
export const lookAt = <T>(uri: string, look: (connection: Connection) => Promise<T>): Promise<T> =>
  inTime(uri, withConnection(uri, look, LOOK_MS), LOOK_MS);
