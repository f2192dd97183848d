import koffi, { type LibraryHandle } from 'koffi';

/** An address in libvirt's memory: koffi gives pointers as numbers, which also cross threads. */
export type Pointer = bigint;

/** What libvirt says of a failure (virterror.h, `virError`), as it crosses from a thread to the engine. */
export interface NativeFailure {
  /** `VIR_ERR_*`. */
  code: number;
  /** `VIR_FROM_*`: the part of libvirt it comes from. */
  domain: number;
  message: string;
  /** With system errors, the `errno`. */
  int1: number;
}

export class NativeError extends Error {
  constructor(readonly failure: NativeFailure) {
    super(failure.message);
  }
}

koffi.disposable('HeapText', 'str');
koffi.struct('VirError', {
  code: 'int',
  domain: 'int',
  message: 'char *',
  level: 'int',
  conn: 'void *',
  dom: 'void *',
  str1: 'char *',
  str2: 'char *',
  str3: 'char *',
  int1: 'int',
  int2: 'int',
  net: 'void *',
});

/**
 * Calls into libvirt, synchronously, on the thread that it was made on: libvirt keeps the reason of a failure per
 * thread, so only the thread that called can ask for it. Prototypes are C's; those that give a string which the
 * caller has to free say `HeapText`.
 */
export class Native {
  readonly #libvirt: LibraryHandle;
  readonly #qemu: LibraryHandle | undefined;
  readonly #functions = new Map<string, (...args: unknown[]) => unknown>();

  constructor(paths: { libvirt: string; qemu?: string }) {
    this.#libvirt = koffi.load(paths.libvirt);
    this.#qemu = paths.qemu === undefined ? undefined : koffi.load(paths.qemu);
  }

  /** @throws NativeError when it gives a negative number */
  int(prototype: string, ...args: unknown[]): number {
    const value = Number(this.any(prototype, ...args));
    if (value < 0) throw new NativeError(this.lastFailure());
    return value;
  }

  /** @throws NativeError when it gives NULL */
  pointer(prototype: string, ...args: unknown[]): Pointer {
    const value = this.any(prototype, ...args) as Pointer | null;
    if (value === null) throw new NativeError(this.lastFailure());
    return value;
  }

  /** @throws NativeError when it gives NULL */
  text(prototype: string, ...args: unknown[]): string {
    const value = this.any(prototype, ...args) as string | null;
    if (value === null) throw new NativeError(this.lastFailure());
    return value;
  }

  /** Whatever it gives, unchecked. */
  any(prototype: string, ...args: unknown[]): unknown {
    return (this.#functions.get(prototype) ?? this.#declare(prototype))(...args);
  }

  #declare(prototype: string): (...args: unknown[]) => unknown {
    const library = prototype.includes(' virDomainQemu') && this.#qemu ? this.#qemu : this.#libvirt;
    const call: (...args: unknown[]) => unknown = library.func(prototype);
    this.#functions.set(prototype, call);
    return call;
  }

  /** The address of a function, to be given to libvirt as a callback that needs no JavaScript. */
  symbol(name: string): Pointer {
    return this.#libvirt.symbol(name) as Pointer;
  }

  lastFailure(): NativeFailure {
    const error = this.any('void *virGetLastError()') as Pointer | null;
    if (error === null) return { code: 0, domain: 0, message: 'libvirt gives no reason', int1: 0 };
    const { code, domain, message, int1 } = koffi.decode(error, 'VirError') as NativeFailure;
    return { code, domain, message: message ?? '', int1 };
  }

  /** The pointers of an array that libvirt allocated; the array itself is freed, what it points to is the caller's. */
  takeArray(array: Pointer | null, length: number): Pointer[] {
    if (array === null) return [];
    const items = koffi.decode(array, 'void *', length) as Pointer[];
    koffi.free(array);
    return items;
  }
}
