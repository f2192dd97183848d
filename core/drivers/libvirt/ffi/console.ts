import koffi from 'koffi';
import { withDomain } from './domain.ts';
import type { ConsoleEvent } from './event-thread.ts';
import type { Native, Pointer } from './native.ts';

/** virStreamEventType. */
const EVENT = { readable: 1, writable: 2, error: 4, hangup: 8 } as const;
const WATCHED = EVENT.readable | EVENT.error | EVENT.hangup;
const NONBLOCK = 1;
/** Whoever has the console is thrown out: two readers would each get a part (VIR_DOMAIN_CONSOLE_FORCE). */
const FORCE = 1;
const WOULD_BLOCK = -2;
const CHUNK_BYTES = 64 * 1024;

interface Console {
  stream: Pointer;
  /** What the stream would not take yet. */
  unsent: Buffer[];
}

/** Serial consoles as streams that never block, on the thread of libvirt's event loop. */
export class Consoles {
  readonly #open = new Map<number, Console>();
  readonly #onEvent: bigint;

  constructor(
    readonly native: Native,
    readonly tell: (event: ConsoleEvent) => void,
  ) {
    const type = koffi.proto('void StreamCallback(void *stream, int events, void *opaque)');
    this.#onEvent = koffi.register(
      (stream: Pointer, events: number) => this.#hear(stream, events),
      koffi.pointer(type),
    );
  }

  open({ connection, uuid, console }: { connection: Pointer; uuid: string; console: number }): void {
    const { native } = this;
    try {
      const stream = native.pointer('void *virStreamNew(void *c, uint flags)', connection, NONBLOCK);
      this.#open.set(console, { stream, unsent: [] });
      withDomain(native, connection, uuid, domain =>
        native.int(
          'int virDomainOpenConsole(void *d, const char *device, void *s, uint flags)',
          domain,
          null,
          stream,
          FORCE,
        ),
      );
      const add = 'int virStreamEventAddCallback(void *s, int events, void *cb, void *opaque, void *free)';
      native.int(add, stream, WATCHED, this.#onEvent, null, null);
    } catch {
      this.#end(console);
    }
  }

  write(console: number, data: Uint8Array): void {
    const one = this.#open.get(console);
    if (!one) return;
    one.unsent.push(Buffer.from(data));
    this.#flush(one);
  }

  close(console: number): void {
    const one = this.#open.get(console);
    if (!one) return;
    this.#open.delete(console);
    this.native.any('int virStreamEventRemoveCallback(void *s)', one.stream);
    this.native.any('int virStreamAbort(void *s)', one.stream);
    this.native.any('int virStreamFree(void *s)', one.stream);
  }

  #end(console: number): void {
    this.close(console);
    this.tell({ kind: 'console-end', console });
  }

  #hear(stream: Pointer, events: number): void {
    const found = [...this.#open].find(([, one]) => one.stream === stream);
    if (!found) return;
    const [console, one] = found;
    const isOpen = (events & EVENT.readable) === 0 || this.#read(console, one);
    if (!isOpen || (events & (EVENT.error | EVENT.hangup)) !== 0) this.#end(console);
    else if ((events & EVENT.writable) !== 0) this.#flush(one);
  }

  /** @returns false at the end of the stream */
  #read(console: number, { stream }: Console): boolean {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    const receive = 'int virStreamRecv(void *s, _Out_ uint8_t *data, size_t bytes)';
    for (;;) {
      const count = Number(this.native.any(receive, stream, buffer, buffer.length));
      if (count <= 0) return count === WOULD_BLOCK;
      this.tell({ kind: 'console-data', console, data: new Uint8Array(buffer.subarray(0, count)) });
    }
  }

  #flush({ stream, unsent }: Console): void {
    const send = 'int virStreamSend(void *s, uint8_t *data, size_t bytes)';
    while (unsent[0] !== undefined) {
      const count = Number(this.native.any(send, stream, unsent[0], unsent[0].length));
      if (count < 0) break; // it takes more later, or its end is told as an event
      if (count < unsent[0].length) unsent[0] = unsent[0].subarray(count);
      else unsent.shift();
    }
    const events = unsent.length > 0 ? WATCHED | EVENT.writable : WATCHED;
    this.native.any('int virStreamEventUpdateCallback(void *s, int events)', stream, events);
  }
}
