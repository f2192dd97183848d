import { randomBytes } from 'node:crypto';
import { rename, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../../build/scope.ts';
import { hashBeside } from '../../export/hash.ts';
import { imageInfo } from '../../media/qemu-img.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Disk, Firmware, ImageFormat, Machine } from '../../model/machine.ts';
import { waitForLock } from '../../store/lock.ts';
import type { Connection } from './connection.ts';
import type { VolumeInfo } from './ffi/storage.ts';
import { ownName } from './ownership.ts';
import { downloadVolume, uploadFile, volumeXml } from './storage.ts';

/** Media from this size on are kept in the pool, by content, for later builds. */
const KEPT_FROM_BYTES = 16 * 1024 * 1024;
/** An empty volume beside a kept medium says that it is whole: an upload may have been cut off. */
const WHOLE_MARK = '.whole';
/** An overlay that nothing was written to yet is its header and tables. */
const EMPTY_OVERLAY_BYTES = 1024 * 1024;

/** What placing needs of a build's scope. */
export type PlacingScope = Pick<Scope, 'signal' | 'emit' | 'hold'>;

interface Placed {
  volume: string;
  /** As the machine's host knows it. */
  path: string;
  /** Of the file here, when the two were the same. */
  stamp: string;
}

/** The files of machines that run as somebody else or elsewhere: copies of them in a pool. */
export class PlacedFiles {
  readonly #placed = new Map<string, Placed>();
  readonly #underWay = new Map<string, Promise<string>>();

  constructor(
    readonly connection: Connection,
    readonly pool: string,
    /** Part of the volumes' names, for people. */
    readonly owner: string,
    /** Files that this host has, such as firmware, are not there. */
    readonly isRemote: boolean,
  ) {}

  /** The machine as its host finds it. Volumes are held by `scope`; what is there already is not moved again. */
  async place(scope: PlacingScope, machine: Machine): Promise<Machine> {
    const file = (one: string): Promise<string> => this.#file(scope, one);
    const { firmware, boot } = machine;
    return {
      ...machine,
      disks: await inTurn(machine.disks, async disk => ({ ...disk, path: await this.#disk(scope, disk) })),
      cdroms: await inTurn(machine.cdroms, async cd => ({ ...cd, path: await this.#medium(scope, cd.path) })),
      floppies: await inTurn(machine.floppies, async floppy => ({ ...floppy, path: await file(floppy.path) })),
      firmware: await this.#firmware(scope, firmware),
      boot:
        boot.kind === 'direct' ? { ...boot, kernel: await file(boot.kernel), initrd: await file(boot.initrd) } : boot,
    };
  }

  /** What the machine wrote on its disks, into their files here. @throws GoldsmithError `unsupported` */
  async bringHome(scope: PlacingScope, { disks }: Machine): Promise<void> {
    for (const disk of disks) {
      const placed = this.#placed.get(disk.path);
      if (!placed || disk.readOnly) continue;
      if (await backingOf(disk)) throw noOverlays(disk);
      const home = `${disk.path}.home`;
      await downloadVolume(this.connection, this.pool, placed.volume, home, this.#options(scope, disk.path));
      await rename(home, disk.path);
      this.#placed.set(disk.path, { ...placed, stamp: await stampOf(disk.path) });
    }
  }

  async #firmware(scope: PlacingScope, firmware: Firmware): Promise<Firmware> {
    if (firmware.kind === 'bios') {
      const isOurs = this.isRemote && firmware.path?.includes('/');
      return isOurs ? { ...firmware, path: await this.#file(scope, firmware.path ?? '') } : firmware;
    }
    const code = this.isRemote ? await this.#file(scope, firmware.code) : firmware.code;
    return { ...firmware, code, vars: await this.#file(scope, firmware.vars) };
  }

  async #disk(scope: PlacingScope, disk: Disk): Promise<string> {
    const backing = await backingOf(disk);
    if (backing === undefined) return this.#file(scope, disk.path);
    const known = await this.#known(disk.path);
    if (known !== undefined) return known;
    if ((await stat(disk.path)).size > EMPTY_OVERLAY_BYTES) throw noOverlays(disk);
    const base = await this.#file(scope, backing.path);
    const { virtualBytes: capacityBytes } = await imageInfo(disk);
    return this.#hold(scope, disk.path, volume =>
      this.connection.call(
        'volumeCreate',
        this.pool,
        volumeXml({ name: volume, format: 'qcow2', capacityBytes, backing: { path: base, format: backing.format } }),
      ),
    );
  }

  async #file(scope: PlacingScope, file: string): Promise<string> {
    const known = await this.#known(file);
    if (known !== undefined) return known;
    return this.#once(file, () =>
      this.#hold(scope, file, volume =>
        uploadFile(this.connection, this.pool, volume, file, this.#options(scope, file)),
      ),
    );
  }

  /** Clones that start together wait for one upload of what they share. */
  #once(file: string, place: () => Promise<string>): Promise<string> {
    const under = this.#underWay.get(file) ?? place().finally(() => this.#underWay.delete(file));
    this.#underWay.set(file, under);
    return under;
  }

  /** Where the file's copy is, if the file is as it was and the copy still there: a scope may have given it back. */
  async #known(file: string): Promise<string | undefined> {
    const placed = this.#placed.get(file);
    if (!placed || placed.stamp !== (await stampOf(file))) return undefined;
    const volume = this.connection.call('volumeInfo', this.pool, placed.volume);
    const isThere = await volume.then(
      () => true,
      (error: unknown) => {
        if (error instanceof GoldsmithError && error.code === 'not-found') return false;
        throw error;
      },
    );
    return isThere ? placed.path : undefined;
  }

  /** A name that nobody else can have: it is journalled before the volume is there, and given back by that name. */
  async #hold(scope: PlacingScope, file: string, make: (volume: string) => Promise<{ path: string }>): Promise<string> {
    const volume = `${ownName(this.owner)}-${randomBytes(8).toString('hex')}-${path.basename(file)}`;
    const { uri } = this.connection;
    const made = await scope.hold({ kind: 'volume', uri, pool: this.pool, name: volume }, () => make(volume));
    this.#placed.set(file, { volume, path: made.path, stamp: await stampOf(file) });
    return made.path;
  }

  /** A large medium is named by its content and stays in the pool. */
  async #medium(scope: PlacingScope, file: string): Promise<string> {
    const known = await this.#known(file);
    if (known !== undefined) return known;
    const { size } = await stat(file);
    if (size < KEPT_FROM_BYTES) return this.#file(scope, file);
    const { whole } = await hashBeside({ file }, scope.signal);
    const volume = ownName(`medium-${whole}`);
    const lock = await waitForLock(`${this.connection.uri} ${this.pool} ${volume}`, { signal: scope.signal });
    try {
      const info = await this.#kept(scope, volume, file);
      this.#placed.set(file, { volume, path: info.path, stamp: await stampOf(file) });
      return info.path;
    } finally {
      await lock.release();
    }
  }

  /** The medium in the pool; one that is not whole is left by an upload that was cut off, for nobody here holds it now. */
  async #kept(scope: PlacingScope, volume: string, file: string): Promise<VolumeInfo> {
    const volumes = await this.connection.call('volumeList', this.pool);
    const there = volumes.find(({ name }) => name === volume);
    const isWhole = volumes.some(({ name }) => name === volume + WHOLE_MARK);
    if (there && !isWhole) await this.connection.call('volumeDelete', this.pool, volume);
    if (there && isWhole) return there;
    const info = await uploadFile(this.connection, this.pool, volume, file, this.#options(scope, file));
    const mark = volumeXml({ name: volume + WHOLE_MARK, format: 'raw', capacityBytes: 0 });
    await this.connection.call('volumeCreate', this.pool, mark);
    return info;
  }

  #options(scope: PlacingScope, file: string) {
    const what = `${path.basename(file)} (libvirt)`;
    return {
      signal: scope.signal,
      onProgress: (done: number) => scope.emit({ type: 'progress', what, done, unit: 'bytes' }),
    };
  }
}

const stampOf = async (file: string): Promise<string> => {
  const { mtimeMs, size } = await stat(file);
  return `${mtimeMs}:${size}`;
};

/** @throws GoldsmithError `source-unsafe`: a backing file whose format is not named would have to be guessed */
async function backingOf({ path: file, format }: Disk): Promise<{ path: string; format: ImageFormat } | undefined> {
  const backing = format === 'qcow2' ? (await imageInfo({ path: file, format })).backing : undefined;
  if (!backing) return undefined;
  if (backing.format === 'qcow2' || backing.format === 'raw') return { path: backing.path, format: backing.format };
  throw new GoldsmithError('source-unsafe', `${file} does not name the format of what it stands on.`);
}

const noOverlays = ({ path: file }: Disk): GoldsmithError =>
  new GoldsmithError('unsupported', `${path.basename(file)} holds differences to a base image of this host.`, {
    hint: 'Build it on qemu:///session, or without use_backing_file.',
  });

async function inTurn<T>(items: T[], work: (item: T) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  for (const item of items) done.push(await work(item));
  return done;
}
