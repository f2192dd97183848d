import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GoldsmithError } from '../../model/failure.ts';

const CONNECT_POLL_MS = 20;

export interface QmpEvent {
  event: string;
  data?: Record<string, unknown>;
}

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

interface Message extends Partial<QmpEvent> {
  id?: number;
  return?: unknown;
  error?: { class: string; desc: string };
}

/** A client of QEMU's machine protocol (docs/interop/qmp-spec). One connection, answers matched by id. */
export class Qmp {
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #socket: Socket;
  /** Settles when the monitor is gone, mostly with QEMU. */
  readonly closed: Promise<void>;
  #nextId = 0;
  #rest = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#receive(chunk));
    socket.on('error', () => {}); // 'close' follows and rejects what is under way
    this.closed = new Promise(resolve => {
      socket.on('close', () => {
        this.#failPending();
        resolve();
      });
    });
  }

  /** Connects as soon as the socket is there and negotiates. Gives up when `signal` fires. */
  static async connect(path: string, signal: AbortSignal): Promise<Qmp> {
    for (;;) {
      signal.throwIfAborted();
      const socket = await tryConnect(path);
      if (!socket) {
        await sleep(CONNECT_POLL_MS, undefined, { signal });
        continue;
      }
      const qmp = new Qmp(socket);
      await qmp.execute('qmp_capabilities');
      return qmp;
    }
  }

  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @throws GoldsmithError `qemu-failed` with QEMU's description, or when the machine is gone. */
  execute(command: string, args?: Record<string, unknown>): Promise<unknown> {
    const id = ++this.#nextId;
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(gone());
      this.#pending.set(id, { resolve, reject });
      this.#socket.write(JSON.stringify({ execute: command, id, ...(args ? { arguments: args } : {}) }) + '\n');
    });
  }

  /** A command of the human monitor, for the few facts that QMP does not give. */
  async human(commandLine: string): Promise<string> {
    return String(await this.execute('human-monitor-command', { 'command-line': commandLine }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.#handle(JSON.parse(line) as Message);
  }

  #handle(message: Message): void {
    if (message.event !== undefined) {
      const event: QmpEvent = { event: message.event, ...(message.data ? { data: message.data } : {}) };
      for (const listener of this.#listeners) listener(event);
      return;
    }
    const pending = message.id === undefined ? undefined : this.#pending.get(message.id);
    if (!pending || message.id === undefined) return;
    this.#pending.delete(message.id);
    if (message.error) pending.reject(new GoldsmithError('qemu-failed', `QEMU: ${message.error.desc}`));
    else pending.resolve(message.return);
  }

  #failPending(): void {
    for (const pending of this.#pending.values()) pending.reject(gone());
    this.#pending.clear();
  }
}

const gone = (): GoldsmithError => new GoldsmithError('qemu-failed', 'The virtual machine is gone.');

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
