import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import koffi from 'koffi';
import { type Native, NativeError, type Pointer } from './native.ts';
import { withStream } from './stream.ts';

/** Streams that leave holes out (libvirt-storage.h, both `_SPARSE_STREAM`; libvirt-stream.h). */
const SPARSE = 1;
const STOP_AT_HOLE = 1;
const AT_HOLE = -3;
const CHUNK_BYTES = 256 * 1024;
/** lseek(2): to the next data, to the next hole. */
const SEEK = process.platform === 'darwin' ? { data: 4, hole: 3 } : { data: 3, hole: 4 };

/** What a long transfer tells while it runs, in memory that both threads see: bytes moved, and whether to stop. */
export type TransferState = BigInt64Array;
export const MOVED = 0;
export const IS_STOPPED = 1;

/** A transfer that was told to stop. */
export class Stopped extends Error {
  override readonly name = 'AbortError';
}

export interface VolumeInfo {
  name: string;
  path: string;
  capacityBytes: number;
  allocationBytes: number;
}

koffi.struct('VirVolInfo', { type: 'int', capacity: 'ulonglong', allocation: 'ulonglong' });
koffi.struct('VirPoolInfo', { state: 'int', capacity: 'ulonglong', allocation: 'ulonglong', available: 'ulonglong' });

/** Calls on pools and their volumes (libvirt-storage.h), each named by its connection and names. */
export const storageCalls = (native: Native) => {
  const inPool = <T>(connection: Pointer, pool: string, work: (pool: Pointer) => T): T => {
    const handle = native.pointer('void *virStoragePoolLookupByName(void *c, const char *name)', connection, pool);
    return freeing(native, 'virStoragePoolFree', handle, () => work(handle));
  };
  const onVolume = <T>(connection: Pointer, pool: string, name: string, work: (volume: Pointer) => T): T =>
    inPool(connection, pool, handle => {
      const volume = native.pointer('void *virStorageVolLookupByName(void *p, const char *name)', handle, name);
      return freeing(native, 'virStorageVolFree', volume, () => work(volume));
    });
  return {
    poolXml: (connection: Pointer, pool: string): string =>
      inPool(connection, pool, handle =>
        native.text('HeapText virStoragePoolGetXMLDesc(void *p, uint flags)', handle, 0),
      ),
    /** Starts one that is not active; looks again for what is in it. */
    poolRefresh: (connection: Pointer, pool: string): void =>
      inPool(connection, pool, handle => {
        const isActive = native.int('int virStoragePoolIsActive(void *p)', handle) === 1;
        if (!isActive) native.int('int virStoragePoolCreate(void *p, uint flags)', handle, 0);
        native.int('int virStoragePoolRefresh(void *p, uint flags)', handle, 0);
      }),
    poolFreeBytes: (connection: Pointer, pool: string): number =>
      inPool(connection, pool, handle => {
        const info = koffi.alloc('VirPoolInfo', 1);
        try {
          native.int('int virStoragePoolGetInfo(void *p, VirPoolInfo *info)', handle, info);
          return Number((koffi.decode(info, 'VirPoolInfo') as { available: number }).available);
        } finally {
          koffi.free(info);
        }
      }),
    /** A pool for good: defined, its folder made, started, and started with the host. */
    poolMake: (connection: Pointer, xml: string): void => {
      const pool = native.pointer(
        'void *virStoragePoolDefineXML(void *c, const char *xml, uint flags)',
        connection,
        xml,
        0,
      );
      freeing(native, 'virStoragePoolFree', pool, () => {
        native.int('int virStoragePoolBuild(void *p, uint flags)', pool, 0);
        native.int('int virStoragePoolCreate(void *p, uint flags)', pool, 0);
        native.int('int virStoragePoolSetAutostart(void *p, int on)', pool, 1);
      });
    },
    volumeList: (connection: Pointer, pool: string): VolumeInfo[] =>
      inPool(connection, pool, handle => {
        const out: (Pointer | null)[] = [null];
        const count = native.int(
          'int virStoragePoolListAllVolumes(void *p, _Out_ void **v, uint flags)',
          handle,
          out,
          0,
        );
        const volumes = native.takeArray(out[0] ?? null, count);
        return volumes.map(volume => freeing(native, 'virStorageVolFree', volume, () => infoOf(native, volume)));
      }),
    volumeInfo: (connection: Pointer, pool: string, name: string): VolumeInfo =>
      onVolume(connection, pool, name, volume => infoOf(native, volume)),
    volumeCreate: (connection: Pointer, pool: string, xml: string): VolumeInfo =>
      inPool(connection, pool, handle => {
        const volume = native.pointer(
          'void *virStorageVolCreateXML(void *p, const char *xml, uint flags)',
          handle,
          xml,
          0,
        );
        return freeing(native, 'virStorageVolFree', volume, () => infoOf(native, volume));
      }),
    volumeResize: (connection: Pointer, pool: string, name: string, bytes: number) =>
      onVolume(connection, pool, name, volume =>
        native.int('int virStorageVolResize(void *v, ulonglong bytes, uint flags)', volume, bytes, 0),
      ),
    volumeDelete: (connection: Pointer, pool: string, name: string) =>
      onVolume(connection, pool, name, volume => native.int('int virStorageVolDelete(void *v, uint flags)', volume, 0)),
    /** The file's content into the volume; of what is a hole in the file, only its length is sent. */
    volumeUpload: (connection: Pointer, pool: string, name: string, file: string, state: TransferState) =>
      onVolume(connection, pool, name, volume =>
        withStream(native, connection, ({ pointer: stream }) => {
          const begin = 'int virStorageVolUpload(void *v, void *s, ulonglong offset, ulonglong length, uint flags)';
          native.int(begin, volume, stream, 0, 0, SPARSE);
          withFile(file, 'r', fd => sendSparse(native, stream, fd, state));
        }),
      ),
    /** Puts bytes at the volume's beginning; what is behind them stays. */
    volumeWrite: (connection: Pointer, pool: string, name: string, data: Uint8Array) =>
      onVolume(connection, pool, name, volume =>
        withStream(native, connection, ({ pointer: stream }) => {
          const begin = 'int virStorageVolUpload(void *v, void *s, ulonglong offset, ulonglong length, uint flags)';
          native.int(begin, volume, stream, 0, data.length, 0);
          sendAll(native, stream, Buffer.from(data));
        }),
      ),
    /** The volume's content into a file, which gets holes where the volume has them. */
    volumeDownload: (connection: Pointer, pool: string, name: string, file: string, state: TransferState) =>
      onVolume(connection, pool, name, volume =>
        withStream(native, connection, ({ pointer: stream }) => {
          const begin = 'int virStorageVolDownload(void *v, void *s, ulonglong offset, ulonglong length, uint flags)';
          native.int(begin, volume, stream, 0, 0, SPARSE);
          withFile(file, 'w', fd => receiveSparse(native, stream, fd, state));
        }),
      ),
  };
};

function freeing<T>(
  native: Native,
  free: 'virStoragePoolFree' | 'virStorageVolFree',
  handle: Pointer,
  work: () => T,
): T {
  try {
    return work();
  } finally {
    native.any(`int ${free}(void *handle)`, handle);
  }
}

function infoOf(native: Native, volume: Pointer): VolumeInfo {
  const info = koffi.alloc('VirVolInfo', 1);
  try {
    native.int('int virStorageVolGetInfo(void *v, VirVolInfo *info)', volume, info);
    const { capacity, allocation } = koffi.decode(info, 'VirVolInfo') as { capacity: number; allocation: number };
    return {
      name: String(native.any('const char *virStorageVolGetName(void *v)', volume)),
      path: native.text('HeapText virStorageVolGetPath(void *v)', volume),
      capacityBytes: Number(capacity),
      allocationBytes: Number(allocation),
    };
  } finally {
    koffi.free(info);
  }
}

function withFile<T>(file: string, mode: 'r' | 'w', work: (fd: number) => T): T {
  const fd = openSync(file, mode, 0o600);
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

function step(state: TransferState, bytes: number): void {
  Atomics.add(state, MOVED, BigInt(bytes));
  if (Atomics.load(state, IS_STOPPED) !== 0n) throw new Stopped('Stopped.');
}

const lseek = koffi.load(null).func('int64_t lseek(int fd, int64_t offset, int whence)');
const seek = (fd: number, offset: number, whence: number): number => Number(lseek(fd, offset, whence));

/** Data and holes in turn, up to the file's end. */
function sendSparse(native: Native, stream: Pointer, fd: number, state: TransferState): void {
  const end = seek(fd, 0, 2);
  const buffer = Buffer.alloc(CHUNK_BYTES);
  for (let at = 0; at < end; ) {
    const next = seek(fd, at, SEEK.data);
    const data = next < 0 ? end : next; // no more data: the rest is a hole
    if (data > at) native.int('int virStreamSendHole(void *s, longlong length, uint flags)', stream, data - at, 0);
    const hole = data < end ? seek(fd, data, SEEK.hole) : end;
    for (at = data; at < hole; ) {
      const count = readSync(fd, buffer, 0, Math.min(CHUNK_BYTES, hole - at), at);
      sendAll(native, stream, buffer.subarray(0, count));
      at += count;
      step(state, count);
    }
  }
}

function sendAll(native: Native, stream: Pointer, data: Buffer): void {
  for (let sent = 0; sent < data.length; ) {
    const rest = data.subarray(sent);
    sent += native.int('int virStreamSend(void *s, uint8_t *data, size_t bytes)', stream, rest, rest.length);
  }
}

function receiveSparse(native: Native, stream: Pointer, fd: number, state: TransferState): void {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const receive = 'int virStreamRecvFlags(void *s, _Out_ uint8_t *data, size_t bytes, uint flags)';
  let at = 0;
  for (;;) {
    const count = Number(native.any(receive, stream, buffer, buffer.length, STOP_AT_HOLE));
    if (count === 0) break;
    if (count === AT_HOLE) {
      const length = [0];
      native.int('int virStreamRecvHole(void *s, _Out_ longlong *length, uint flags)', stream, length, 0);
      at += Number(length[0]);
    } else if (count < 0) throw new NativeError(native.lastFailure());
    else {
      writeSync(fd, buffer, 0, count, at);
      at += count;
      step(state, count);
    }
  }
  ftruncateSync(fd, at);
}
