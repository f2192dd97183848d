import { randomBytes } from 'node:crypto';
import { copyFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../../build/scope.ts';
import { hashBeside } from '../../export/hash.ts';
import { convertImage, imageInfo, renameBacking } from '../../media/qemu-img.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Disk, Firmware, ImageFormat, Machine } from '../../model/machine.ts';
import { waitForLock } from '../../store/lock.ts';
import type { Connection } from './connection.ts';
import type { VolumeInfo } from './ffi/storage.ts';
import { ownName } from './ownership.ts';
import { deleteVolume } from './release.ts';
import { downloadVolume, uploadFile, volumeXml } from './storage.ts';

/** Media from this size on are kept in the pool, by content, for later builds. */
const KEPT_FROM_BYTES = 16 * 1024 * 1024;
/** An empty volume beside a kept medium says that it is whole: an upload may have been cut off. */
const WHOLE_MARK = '.whole';

/** What placing needs of a build's scope. */
export type PlacingScope = Pick<Scope, 'signal' | 'emit' | 'hold'>;

interface Placed {
  volume: string;
  /** As the machine's host knows it. */
  path: string;
  /** Of the file here, when the two were the same. */
  stamp: string;
  /** What the file here stands on, where the volume stands on a copy of it. */
  backing?: Backing | undefined;
}

interface Backing {
  path: string;
  format: ImageFormat;
}

/** Of firmware: it is no secret, and QEMU reads it as the machine's user. */
const PUBLIC = '0644';

/** The files of machines that run as somebody else or elsewhere: copies of them in a pool. */
export class PlacedFiles {
  readonly #placed = new Map<string, Placed>();
  readonly #underWay = new Map<string, Promise<string>>();
  readonly #owed = new Set<string>();
  #memory: string | undefined;

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

  /** What the machine wrote on its disks, into their files here. */
  async bringHome(scope: PlacingScope, { disks }: Machine): Promise<void> {
    for (const disk of disks.filter(one => this.#placed.has(one.path) && !one.readOnly)) {
      this.#owed.add(disk.path);
      for (let file: string | undefined = disk.path; file !== undefined; file = this.#placed.get(file)?.backing?.path)
        if (this.#owed.has(file)) await this.fetch(scope, file);
    }
  }

  /** What a machine has written to a copy is not here before it is fetched. */
  owe(files: string[]): void {
    for (const file of files) this.#owed.add(file);
  }

  /** The file whose copy a machine's host has at a path. @throws GoldsmithError `not-found` */
  fileAt(there: string): string {
    for (const [file, placed] of this.#placed) if (placed.path === there) return file;
    throw new GoldsmithError('not-found', `${there} is no copy of a file of ours.`);
  }

  /** Brings a copy into its file here. What it stands on has another path here. */
  async fetch(scope: PlacingScope, file: string): Promise<void> {
    const placed = this.#placed.get(file);
    if (!placed) throw new GoldsmithError('not-found', `${file} has no copy in the pool ${this.pool}.`);
    const home = `${file}.home`;
    await this.copy(scope, file, home);
    if (placed.backing) await renameBacking(home, placed.backing, { signal: scope.signal });
    await rename(home, file);
    this.#placed.set(file, { ...placed, stamp: await stampOf(file) });
    this.#owed.delete(file);
  }

  /** What a file's copy holds now, as another file here. */
  async copy(scope: PlacingScope, file: string, to: string): Promise<void> {
    const volume = this.#placed.get(file)?.volume ?? '';
    await downloadVolume(this.connection, this.pool, volume, to, this.#options(scope, file));
  }

  /** An overlay as it is here, on a path of the machine's host. @returns its own path there */
  async overlay(scope: PlacingScope, file: string, on: string): Promise<string> {
    const backing = await backingOf({ path: file, format: 'qcow2' });
    const scratch = `${file}.there`;
    try {
      await copyFile(file, scratch);
      if (backing) await renameBacking(scratch, { path: on, format: backing.format }, { signal: scope.signal });
      const made = await this.#make(scope, file, volume => this.#upload(scope, volume, scratch));
      this.#placed.set(file, { ...made, backing, stamp: await stampOf(file) });
      return made.path;
    } finally {
      await rm(scratch, { force: true });
    }
  }

  /** A volume for what a machine will write, and `fetch` will bring into a new file here. @returns its path there */
  async reserve(scope: PlacingScope, file: string): Promise<string> {
    const empty = (name: string) => volumeXml({ name, format: 'raw', capacityBytes: 0 });
    const made = await this.#make(scope, file, name => this.connection.call('volumeCreate', this.pool, empty(name)));
    this.#placed.set(file, { ...made, stamp: '' });
    return made.path;
  }

  /** A file as it is here, but for how it begins where that is given. @returns its path there */
  async placeAs(scope: PlacingScope, file: string, beginning?: Uint8Array): Promise<string> {
    const there = await this.#file(scope, file);
    if (beginning)
      await this.connection.call('volumeWrite', this.pool, this.#placed.get(file)?.volume ?? '', beginning);
    return there;
  }

  /** The copy of a saved memory stays until there is another: it is large, and the newest is gone back to most. */
  async keepMemory(file: string): Promise<void> {
    const before = this.#memory;
    this.#memory = file;
    if (before !== undefined && before !== file) await this.drop(before);
  }

  /** The copy of a file goes; the file stays. */
  async drop(file: string): Promise<void> {
    const placed = this.#placed.get(file);
    this.#placed.delete(file);
    if (placed) await deleteVolume(this.connection, this.pool, placed.volume);
  }

  async #firmware(scope: PlacingScope, firmware: Firmware): Promise<Firmware> {
    if (firmware.kind === 'bios') {
      const isOurs = this.isRemote && firmware.path?.includes('/');
      return isOurs ? { ...firmware, path: await this.#file(scope, firmware.path ?? '', PUBLIC) } : firmware;
    }
    const code = this.isRemote ? await this.#file(scope, firmware.code, PUBLIC) : firmware.code;
    return { ...firmware, code, vars: await this.#file(scope, firmware.vars) };
  }

  async #disk(scope: PlacingScope, disk: Disk): Promise<string> {
    const backing = await backingOf(disk);
    if (backing === undefined) return this.#file(scope, disk.path);
    const known = await this.#known(disk.path);
    if (known !== undefined) return known;
    return this.overlay(scope, disk.path, await this.#base(scope, backing, `${disk.path}.flat`));
  }

  /** What stands on something itself goes there in one piece, unless it is there. @param scratch a new file's path */
  async #base(scope: PlacingScope, base: Backing, scratch: string): Promise<string> {
    const known = await this.#known(base.path);
    if (known !== undefined) return known;
    if (!(await backingOf(base))) return this.#file(scope, base.path);
    return this.#once(base.path, async () => {
      try {
        await convertImage(base, { path: scratch, format: 'qcow2' }, { signal: scope.signal });
        return await this.#hold(scope, base.path, volume => this.#upload(scope, volume, scratch));
      } finally {
        await rm(scratch, { force: true });
      }
    });
  }

  async #file(scope: PlacingScope, file: string, mode?: string): Promise<string> {
    const known = await this.#known(file);
    if (known !== undefined) return known;
    return this.#once(file, () => this.#hold(scope, file, volume => this.#upload(scope, volume, file, mode)));
  }

  #upload(scope: PlacingScope, volume: string, file: string, mode?: string): Promise<VolumeInfo> {
    return uploadFile(this.connection, this.pool, volume, file, { ...this.#options(scope, file), mode });
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

  async #hold(scope: PlacingScope, file: string, make: (volume: string) => Promise<VolumeInfo>): Promise<string> {
    const made = await this.#make(scope, file, make);
    this.#placed.set(file, { ...made, stamp: await stampOf(file) });
    return made.path;
  }

  /** A name that nobody else can have: it is journalled before the volume is there, and given back by that name. */
  async #make(
    scope: PlacingScope,
    file: string,
    make: (volume: string) => Promise<VolumeInfo>,
  ): Promise<Pick<Placed, 'volume' | 'path'>> {
    const volume = `${ownName(this.owner)}-${randomBytes(8).toString('hex')}-${path.basename(file)}`;
    const { uri } = this.connection;
    const made = await scope.hold({ kind: 'volume', uri, pool: this.pool, name: volume }, () => make(volume));
    return { volume, path: made.path };
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
    const info = await this.#upload(scope, volume, file);
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
async function backingOf({ path: file, format }: Backing): Promise<Backing | undefined> {
  const backing = format === 'qcow2' ? (await imageInfo({ path: file, format })).backing : undefined;
  if (!backing) return undefined;
  if (backing.format === 'qcow2' || backing.format === 'raw') return { path: backing.path, format: backing.format };
  throw new GoldsmithError('source-unsafe', `${file} does not name the format of what it stands on.`);
}

async function inTurn<T>(items: T[], work: (item: T) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  for (const item of items) done.push(await work(item));
  return done;
}
