import { ARGUMENTS, STREAM_ARGUMENTS, STREAM_CONTROL } from '../../electron/ipc/arguments.ts';
import type { CallName, Reply, StreamKind } from '../../electron/ipc/contract.ts';
import { Inflow } from '../../electron/ipc/inflow.ts';
import { Outflow } from '../../electron/ipc/outflow.ts';
import { type FromEngine, type FromPage, type Link, packPiece, unpackPiece } from '../../electron/ipc/wire.ts';
import { GoldsmithError, toFailure } from '../model/failure.ts';
import { HANDLERS } from './calls/handlers.ts';
import type { Host } from './host.ts';
import type { News } from './news.ts';
import { parseArguments, parseMessage } from './parse.ts';
import { STREAMS, type StreamIo } from './streams/streams.ts';

/** More than any page of ours has open; a page that opens more is not ours. */
const MOST_STREAMS = 32;
const MOST_CALLS = 64;

/** Calls that go on when the page that asked is gone: a closed tab must not end an export. */
const LASTING: ReadonlySet<CallName> = new Set(['build.start', 'vm.start', 'export.start']);

interface OpenStream {
  outflow: Outflow;
  stop: AbortController;
  receive: (bytes: Uint8Array) => void;
  control: (value: { columns: number; rows: number }) => void;
}

/** Serves one page over its link: answers calls, runs streams, passes on news. Ends with the link. */
export class Session {
  readonly #calls = new Map<number, { name: CallName; stop: AbortController }>();
  readonly #streams = new Map<number, OpenStream>();

  constructor(
    readonly host: Host,
    readonly link: Link,
    news: News,
  ) {
    const forget = news.subscribe((name, value) => this.#send({ t: 'tell', name, value }));
    link.onText(text => this.#take(text));
    link.onBytes(frame => this.#takeBytes(frame));
    link.onClose(() => {
      forget();
      this.#end();
    });
  }

  #send(message: FromEngine): void {
    this.link.sendText(JSON.stringify(message));
  }

  /** What is no message of the contract ends the connection: our own page never sends such. */
  #take(text: string): void {
    const message = parseMessage(text);
    if (!message) this.link.close();
    else (TAKE[message.t] as (session: Session, message: FromPage) => void)(this, message);
  }

  call({ id, name, args }: Extract<FromPage, { t: 'call' }>): void {
    if (this.#calls.size >= MOST_CALLS || this.#calls.has(id)) {
      this.link.close();
      return;
    }
    const stop = new AbortController();
    this.#calls.set(id, { name, stop });
    void this.#answer(id, name, args, stop.signal).then(reply => {
      this.#calls.delete(id);
      this.#send({ t: 'reply', id, reply });
    });
  }

  async #answer(id: number, name: CallName, args: unknown, signal: AbortSignal): Promise<Reply<unknown>> {
    try {
      const parsed = parseArguments(ARGUMENTS[name], args, name);
      const onEvent = (event: Parameters<typeof this.tell>[1]): void => this.tell(id, event);
      const handler = HANDLERS[name] as (args: unknown, context: unknown) => unknown;
      return { ok: true, value: await handler(parsed, { host: this.host, watch: { signal, onEvent } }) };
    } catch (error) {
      return { ok: false, failure: toFailure(error) };
    }
  }

  tell(id: number, event: Extract<FromEngine, { t: 'event' }>['event']): void {
    if (this.#calls.has(id)) this.#send({ t: 'event', id, event });
  }

  abort(id: number): void {
    this.#calls.get(id)?.stop.abort();
  }

  open({ stream, kind, args }: Extract<FromPage, { t: 'open' }>): void {
    if (this.#streams.size >= MOST_STREAMS || this.#streams.has(stream)) {
      this.link.close();
      return;
    }
    const drained: (() => void)[] = [];
    const outflow = new Outflow(
      piece => this.link.sendBytes(packPiece(stream, piece)),
      () => {
        for (const resolve of drained.splice(0)) resolve();
      },
    );
    const stop = new AbortController();
    const open: OpenStream = { outflow, stop, receive: () => {}, control: () => {} };
    this.#streams.set(stream, open);
    stop.signal.addEventListener('abort', () => {
      for (const resolve of drained.splice(0)) resolve();
    });
    const inflow = new Inflow(bytes => this.#send({ t: 'credit', stream, bytes }));
    const io: StreamIo = {
      signal: stop.signal,
      send: bytes =>
        stop.signal.aborted || outflow.write(bytes) ? Promise.resolve() : new Promise(resolve => drained.push(resolve)),
      onReceive: use => {
        open.receive = bytes => this.#use(inflow, bytes, use);
      },
      onControl: use => {
        open.control = use;
      },
    };
    void this.#run(stream, kind, args, io);
  }

  /** Room is given back only when the bytes were taken: a page cannot fill our memory either. */
  #use(inflow: Inflow, bytes: Uint8Array, use: (bytes: Uint8Array) => Promise<void> | void): void {
    void Promise.resolve(use(bytes))
      .catch(() => {}) // told by the end of the stream itself
      .then(() => inflow.took(bytes.length));
  }

  async #run(stream: number, kind: StreamKind, args: unknown, io: StreamIo): Promise<void> {
    let ended: FromEngine = { t: 'closed', stream };
    try {
      const parsed = parseArguments(STREAM_ARGUMENTS[kind], args, kind);
      const run = STREAMS[kind] as (args: unknown, host: Host, io: StreamIo) => Promise<void>;
      await run(parsed, this.host, io);
    } catch (error) {
      if (!io.signal.aborted) ended = { t: 'closed', stream, failure: toFailure(error) };
    }
    if (this.#streams.delete(stream)) this.#send(ended);
  }

  #takeBytes(frame: Uint8Array): void {
    const piece = unpackPiece(frame);
    if (piece) this.#streams.get(piece.stream)?.receive(piece.bytes);
    else this.link.close();
  }

  credit(stream: number, bytes: number): void {
    this.#streams.get(stream)?.outflow.grant(bytes);
  }

  control(stream: number, value: unknown): void {
    const parsed = STREAM_CONTROL.safeParse(value);
    if (parsed.success) this.#streams.get(stream)?.control(parsed.data);
  }

  closeStream(stream: number): void {
    const open = this.#streams.get(stream);
    this.#streams.delete(stream);
    open?.stop.abort(new GoldsmithError('cancelled', 'The page closed it.'));
  }

  #end(): void {
    for (const stream of [...this.#streams.keys()]) this.closeStream(stream);
    for (const { name, stop } of this.#calls.values()) if (!LASTING.has(name)) stop.abort();
  }
}

/** What each message of a page does. */
const TAKE: { [T in FromPage['t']]: (session: Session, message: Extract<FromPage, { t: T }>) => void } = {
  call: (session, message) => session.call(message),
  abort: (session, { id }) => session.abort(id),
  open: (session, message) => session.open(message),
  control: (session, { stream, value }) => session.control(stream, value),
  credit: (session, { stream, bytes }) => session.credit(stream, bytes),
  close: (session, { stream }) => session.closeStream(stream),
};
