import type { Failure } from '../../core/model/failure.ts';
import type {
  Answers,
  CallArguments,
  CallName,
  CallOptions,
  Reply,
  StreamArguments,
  StreamControl,
  StreamKind,
  TidingName,
  Tidings,
} from '../../electron/ipc/contract.ts';
import { Inflow } from '../../electron/ipc/inflow.ts';
import { Outflow } from '../../electron/ipc/outflow.ts';
import { type FromEngine, type FromPage, type Link, packPiece, unpackPiece } from '../../electron/ipc/wire.ts';

/** What everything that waits is told at the end of a connection. */
export const LOST: Failure = {
  code: 'unexpected',
  message: 'The connection to Goldsmith was lost.',
  hint: 'It is made again by itself; builds and exports go on meanwhile.',
};

/** What a stream gives to whoever opened it. */
export interface StreamUser {
  /** Takes a piece and says when it has: only then may the engine send more. */
  onBytes(bytes: Uint8Array, done: () => void): void;
  /** It ended: at its source's end, with a failure, or with the connection. */
  onClosed(failure: Failure | undefined): void;
}

export interface PageStream {
  send(bytes: Uint8Array): void;
  control(value: StreamControl): void;
  close(): void;
}

interface Waiting {
  resolve: (reply: Reply<unknown>) => void;
  onEvent: CallOptions['onEvent'];
}

/** Speaks the contract over one link. When the link has ended, everything that waits is told so, once. */
export class Client {
  readonly #waiting = new Map<number, Waiting>();
  readonly #streams = new Map<number, { user: StreamUser; outflow: Outflow; inflow: Inflow }>();
  #next = 1;
  #isOver = false;

  constructor(
    readonly link: Link,
    readonly onTell: <K extends TidingName>(name: K, value: Tidings[K]) => void,
    onOver: () => void,
  ) {
    link.onText(text => this.#take(JSON.parse(text) as FromEngine));
    link.onBytes(frame => this.#takeBytes(frame));
    link.onClose(() => {
      this.#end();
      onOver();
    });
  }

  call<K extends CallName>(name: K, args: CallArguments<K>, options: CallOptions = {}): Promise<Reply<Answers[K]>> {
    if (this.#isOver) return Promise.resolve({ ok: false, failure: LOST });
    const id = this.#next++;
    options.signal?.addEventListener('abort', () => this.#send({ t: 'abort', id }), { once: true });
    const reply = new Promise<Reply<unknown>>(resolve => this.#waiting.set(id, { resolve, onEvent: options.onEvent }));
    this.#send({ t: 'call', id, name, args });
    return reply as Promise<Reply<Answers[K]>>;
  }

  open<K extends StreamKind>(kind: K, args: StreamArguments<K>, user: StreamUser): PageStream {
    const stream = this.#next++;
    const outflow = new Outflow(
      piece => this.link.sendBytes(packPiece(stream, piece)),
      () => {},
    );
    const inflow = new Inflow(bytes => this.#send({ t: 'credit', stream, bytes }));
    this.#streams.set(stream, { user, outflow, inflow });
    if (this.#isOver) queueMicrotask(() => this.#closed(stream, LOST));
    else this.#send({ t: 'open', stream, kind, args });
    return {
      send: bytes => void (this.#streams.has(stream) && outflow.write(bytes)),
      control: value => this.#streams.has(stream) && this.#send({ t: 'control', stream, value }),
      close: () => {
        if (this.#streams.delete(stream)) this.#send({ t: 'close', stream });
      },
    };
  }

  #send(message: FromPage): void {
    if (!this.#isOver) this.link.sendText(JSON.stringify(message));
  }

  #take(message: FromEngine): void {
    switch (message.t) {
      case 'reply':
        this.#waiting.get(message.id)?.resolve(message.reply);
        this.#waiting.delete(message.id);
        break;
      case 'event':
        this.#waiting.get(message.id)?.onEvent?.(message.event);
        break;
      case 'tell':
        this.onTell(message.name, message.value as never);
        break;
      case 'credit':
        this.#streams.get(message.stream)?.outflow.grant(message.bytes);
        break;
      case 'closed':
        this.#closed(message.stream, message.failure);
        break;
    }
  }

  #takeBytes(frame: Uint8Array): void {
    const piece = unpackPiece(frame);
    const open = piece && this.#streams.get(piece.stream);
    if (!piece || !open) return;
    const { stream, bytes } = piece;
    open.user.onBytes(bytes, () => this.#streams.has(stream) && open.inflow.took(bytes.length));
  }

  #closed(stream: number, failure: Failure | undefined): void {
    const open = this.#streams.get(stream);
    this.#streams.delete(stream);
    open?.user.onClosed(failure);
  }

  #end(): void {
    this.#isOver = true;
    for (const { resolve } of this.#waiting.values()) resolve({ ok: false, failure: LOST });
    this.#waiting.clear();
    for (const stream of [...this.#streams.keys()]) this.#closed(stream, LOST);
  }
}
