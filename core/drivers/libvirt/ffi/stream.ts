import { type Native, NativeError, type Pointer } from './native.ts';

/** What libvirt sends in one message at most (VIR_NET_MESSAGE_PAYLOAD_MAX is larger, older peers' is 256 KiB). */
const CHUNK_BYTES = 256 * 1024;

/** A blocking stream (libvirt-stream.h): a pipe to or from the daemon, used on the thread that opened it. */
export class NativeStream {
  constructor(
    readonly native: Native,
    readonly pointer: Pointer,
  ) {}

  /** Everything up to the sender's end. */
  readAll(): Uint8Array {
    const pieces: Buffer[] = [];
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const count = this.native.int(
        'int virStreamRecv(void *s, _Out_ uint8_t *data, size_t bytes)',
        this.pointer,
        buffer,
        buffer.length,
      );
      if (count === 0) break;
      pieces.push(Buffer.from(buffer.subarray(0, count)));
    }
    return Buffer.concat(pieces);
  }
}

/** Opens a stream, ends it when the work is done, aborts it when it failed; frees it in both cases. */
export function withStream<T>(native: Native, connection: Pointer, work: (stream: NativeStream) => T): T {
  const pointer = native.pointer('void *virStreamNew(void *c, uint flags)', connection, 0);
  try {
    const value = work(new NativeStream(native, pointer));
    native.int('int virStreamFinish(void *s)', pointer);
    return value;
  } catch (error) {
    const failure = error instanceof NativeError ? error : undefined;
    native.any('int virStreamAbort(void *s)', pointer);
    throw failure ?? error;
  } finally {
    native.any('int virStreamFree(void *s)', pointer);
  }
}
