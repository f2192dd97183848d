import { stat } from 'node:fs/promises';
import path from 'node:path';
import { attributes, writeXml } from '../../machine/xml.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { ImageFormat } from '../../model/machine.ts';
import { formatBytes } from '../../model/quantity.ts';
import type { Connection } from './connection.ts';
import { IS_STOPPED, MOVED, type TransferState, type VolumeInfo } from './ffi/storage.ts';

/** Our own pool, where a person has chosen none: a folder beside libvirt's images. It stays, as a cache of ISOs does. */
export const OWN_POOL = 'goldsmith';
export const SYSTEM_POOL_FOLDER = '/var/lib/libvirt/images/goldsmith';
const TELL_EVERY_MS = 500;

export interface TransferOptions {
  signal?: AbortSignal;
  /** Bytes of data moved so far; holes are not moved. */
  onProgress?: (bytes: number) => void;
}

/**
 * The pool to use, started and refreshed: the chosen one, else ours, which is made when it is not there.
 * @throws GoldsmithError `not-found` when the chosen one is not there
 */
export async function openPool(
  connection: Connection,
  chosen: string | undefined,
  folder = SYSTEM_POOL_FOLDER,
): Promise<string> {
  const name = chosen ?? OWN_POOL;
  try {
    await connection.call('poolRefresh', name);
  } catch (error) {
    const isMissing = error instanceof GoldsmithError && error.code === 'not-found';
    if (!isMissing || chosen !== undefined) throw error;
    await connection.call('poolMake', poolXml(name, folder));
  }
  return name;
}

const poolXml = (name: string, folder: string): string =>
  writeXml({ pool: { ...attributes({ type: 'dir' }), name, target: { path: folder } } });

export interface NewVolume {
  name: string;
  format: ImageFormat;
  capacityBytes: number;
  /** The volume below it, by path: it is never written to. */
  backing?: { path: string; format: ImageFormat };
  /** Who may read it, in octal; missing: its owner alone. libvirt gives disks to the machine's user, firmware not. */
  mode?: string | undefined;
}

/** Nothing is allocated before it is written. */
export const volumeXml = ({ name, format, capacityBytes, backing, mode }: NewVolume): string =>
  writeXml({
    volume: {
      name,
      capacity: { ...attributes({ unit: 'bytes' }), '#text': capacityBytes },
      allocation: { ...attributes({ unit: 'bytes' }), '#text': 0 },
      target: { format: attributes({ type: format }), ...(mode === undefined ? {} : { permissions: { mode } }) },
      ...(backing ? { backingStore: { path: backing.path, format: attributes({ type: backing.format }) } } : {}),
    },
  });

/**
 * Makes a volume of a file's content, byte by byte, holes left out. What fails leaves no volume.
 * @throws GoldsmithError `exists`, `disk-full`; an AbortError
 */
export async function uploadFile(
  connection: Connection,
  pool: string,
  name: string,
  file: string,
  options: TransferOptions & Pick<NewVolume, 'mode'> = {},
): Promise<VolumeInfo> {
  const { size } = await stat(file);
  await requireSpace(connection, pool, file);
  // A raw volume takes any content as it is, also that of another format.
  const volume = volumeXml({ name, format: 'raw', capacityBytes: size, mode: options.mode });
  try {
    await connection.call('volumeCreate', pool, volume);
    await transfer(state => connection.call('volumeUpload', pool, name, file, state), options);
  } catch (error) {
    // A daemon that ended before it answered may have made it all the same.
    const isTheirs = error instanceof GoldsmithError && error.code === 'exists';
    if (!isTheirs) await connection.call('volumeDelete', pool, name).catch(() => {});
    throw error;
  }
  return connection.call('volumeInfo', pool, name);
}

/** The volume's content as a file, holes left out. @throws as `uploadFile` */
export async function downloadVolume(
  connection: Connection,
  pool: string,
  name: string,
  file: string,
  options: TransferOptions = {},
): Promise<void> {
  await transfer(state => connection.call('volumeDownload', pool, name, file, state), options);
}

/** @returns bytes of data that were moved */
async function transfer(work: (state: TransferState) => Promise<unknown>, options: TransferOptions): Promise<number> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  const state = new BigInt64Array(new SharedArrayBuffer(16));
  const moved = (): number => Number(Atomics.load(state, MOVED));
  const stop = (): void => void Atomics.store(state, IS_STOPPED, 1n);
  const timer = setInterval(() => onProgress?.(moved()), TELL_EVERY_MS);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await work(state);
    onProgress?.(moved());
    return moved();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
  }
}

async function requireSpace(connection: Connection, pool: string, file: string): Promise<void> {
  const [freeBytes, { blocks }] = await Promise.all([connection.call('poolFreeBytes', pool), stat(file)]);
  const neededBytes = blocks * 512;
  if (neededBytes <= freeBytes) return;
  throw new GoldsmithError(
    'disk-full',
    `The pool ${pool} has ${formatBytes(freeBytes)} left, and ${path.basename(file)} takes ${formatBytes(neededBytes)}.`,
    {
      hint: 'Choose another pool (libvirt.pool in lab.yaml), or remove volumes from this one.',
    },
  );
}
