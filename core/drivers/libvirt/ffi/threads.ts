import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { findLibrary } from '../../../host/library.ts';
import { GoldsmithError } from '../../../model/failure.ts';
import { ownFile } from '../../../own-files.ts';
import type { CallAnswer, CallRequest } from './call-thread.ts';
import type { CallName, Calls } from './calls.ts';
import { toGoldsmithError } from './error.ts';
import type { ConsoleEvent, EventMessage, EventOrder, EventThreadData, NativeEvent } from './event-thread.ts';
import { leaveNow } from './leave.ts';
import type { Pointer } from './native.ts';

/** So many calls may block at once; more wait. Every machine that is watched needs none. */
const MOST_THREADS = 8;

type Paths = EventThreadData['paths'];

/**
 * libvirt, off the event loop: every call runs on a thread of ours, and libvirt's events on another one. Not koffi's
 * own asynchronous calls, since libvirt tells the reason of a failure to the thread that called and to no other.
 */
export class Threads {
  readonly #idle: Worker[] = [];
  readonly #waiting: ((worker: Worker) => void)[] = [];
  readonly #listeners = new Set<(event: NativeEvent) => void>();
  /** Orders are carried out one after the other. */
  readonly #orders: ((isSubscribed: boolean) => void)[] = [];
  readonly #channel = new MessageChannel();
  readonly #consoles = new Map<number, (event: ConsoleEvent) => void>();
  #lastConsole = 0;
  #count = 0;
  #subscribed = 0;
  #events: Worker | undefined;
  #timer = -1;

  private constructor(readonly paths: Paths) {}

  /** @throws GoldsmithError `host-lacks` when libvirt is not installed */
  static async start(): Promise<Threads> {
    const libvirt = findLibrary('libvirt');
    if (libvirt === undefined) throw noLibrary();
    const qemu = findLibrary('libvirt-qemu');
    const threads = new Threads({ libvirt, ...(qemu === undefined ? {} : { qemu }) });
    await threads.#watchEvents();
    process.on('exit', status => {
      if (threads.#count > threads.#idle.length) leaveNow(status);
    });
    return threads;
  }

  /** @throws GoldsmithError with libvirt's message and our code for its reason (error.ts) */
  async call<Name extends CallName>(name: Name, ...args: Parameters<Calls[Name]>): Promise<ReturnType<Calls[Name]>> {
    const worker = await this.#take();
    worker.ref();
    try {
      worker.postMessage({ name, args } satisfies CallRequest);
      const [answer] = (await once(worker, 'message')) as [CallAnswer];
      if ('value' in answer) return answer.value as ReturnType<Calls[Name]>;
      if ('failure' in answer) throw toGoldsmithError(answer.failure);
      throw new GoldsmithError('unexpected', `${name}: ${answer.fault}`);
    } finally {
      worker.unref();
      this.#giveBack(worker);
    }
  }

  onEvent(listener: (event: NativeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * From now on everything that happens on a connection is told. As long as one is subscribed to, the process goes on:
   * machines are waited for. @returns false: its driver has no events
   */
  subscribe(connection: Pointer): Promise<boolean> {
    if (this.#subscribed++ === 0) this.#events?.ref();
    return this.#order({ kind: 'subscribe', connection });
  }

  async unsubscribe(connection: Pointer): Promise<void> {
    await this.#order({ kind: 'unsubscribe', connection });
    if (--this.#subscribed === 0) this.#events?.unref();
  }

  /** The machine's first serial port: what it says from now on, and a way to answer. @returns its undo */
  async openConsole(
    connection: Pointer,
    uuid: string,
    listener: (event: ConsoleEvent) => void,
  ): Promise<{ write(data: Uint8Array): void; close(): void }> {
    const console = ++this.#lastConsole;
    this.#consoles.set(console, listener);
    await this.#order({ kind: 'console-open', connection, uuid, console });
    return {
      write: data => void this.#order({ kind: 'console-write', console, data }),
      close: () => {
        this.#consoles.delete(console);
        void this.#order({ kind: 'console-close', console });
      },
    };
  }

  async #order(order: EventOrder): Promise<boolean> {
    const done = new Promise<boolean>(resolve => this.#orders.push(resolve));
    this.#channel.port1.postMessage(order);
    await this.call('eventsWake', this.#timer);
    return done;
  }

  #take(): Promise<Worker> {
    const idle = this.#idle.pop();
    if (idle) return Promise.resolve(idle);
    if (this.#count === MOST_THREADS) return new Promise(resolve => this.#waiting.push(resolve));
    this.#count++;
    return Promise.resolve(new Worker(threadFile('call-thread'), { workerData: this.paths }));
  }

  #giveBack(worker: Worker): void {
    const next = this.#waiting.shift();
    if (next) next(worker);
    else this.#idle.push(worker);
  }

  async #watchEvents(): Promise<void> {
    const orders = this.#channel.port2;
    this.#channel.port1.unref();
    const workerData: EventThreadData = { paths: this.paths, orders };
    const worker = new Worker(threadFile('event-thread'), { workerData, transferList: [orders] });
    this.#timer = await new Promise<number>((resolve, reject) => {
      worker.once('error', reject);
      worker.on('message', (message: EventMessage) => {
        if (message.kind === 'ready') resolve(message.timer);
        else if (message.kind === 'done') this.#orders.shift()?.(message.isSubscribed);
        else if ('console' in message) this.#consoles.get(message.console)?.(message);
        else for (const listener of this.#listeners) listener(message);
      });
    });
    worker.unref();
    this.#events = worker;
  }
}

/** Node runs no TypeScript: a thread always runs what was compiled, also when a test runs the sources. */
const threadFile = (name: string): string => ownFile(`out/core/drivers/libvirt/ffi/${name}.js`);

const noLibrary = (): GoldsmithError =>
  new GoldsmithError('host-lacks', 'libvirt is not installed on this host.', {
    hint: 'Install libvirt (Debian: libvirt-daemon-system; Fedora, Arch: libvirt), or use the driver qemu.',
  });

let shared: Promise<Threads> | undefined;

/** The threads of this process; started when libvirt is first asked for something. */
export function libvirtThreads(): Promise<Threads> {
  shared ??= Threads.start();
  shared.catch(() => {
    shared = undefined;
  });
  return shared;
}
