import { link, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../build/scope.ts';
import { convertImage } from '../media/qemu-img.ts';
import type { ReleaseInfo } from '../model/engine.ts';
import type { Manifest } from '../model/manifest.ts';
import { copySparse } from './copy.ts';
import { dataExtents, type Extent, fileSize } from './extents.ts';
import { type DiskLayout, moveGptBackup, readLayout } from './gpt.ts';
import { hashBeside } from './hash.ts';
import { writeStreamVmdk } from './stream-vmdk.ts';

/** A raw disk on this host, and where it has data. */
export interface RawDisk {
  path: string;
  bytes: number;
  extents: Extent[];
}

/**
 * Has the guest read the disk's root file system into a new file, a tar. @returns its bytes; the file may be longer
 * @throws GoldsmithError `unsupported` when the guest cannot, and what starting a machine throws
 */
export type RootReader = (disk: RawDisk, tar: string) => Promise<number>;

export interface ExportOptions {
  /** `vmx-N`: the oldest VMware that is to take the OVA. */
  hardwareVersion: number;
  manifestHash: 'sha256' | 'sha1';
  cpus: number;
  memoryMiB: number;
  /** See `signSums`. */
  signKey?: string;
}

/** What the targets of one export share: each is made when the first of them asks, once. */
export class ExportWork {
  readonly #made = new Map<string, Promise<unknown>>();

  constructor(
    readonly release: ReleaseInfo,
    readonly manifest: Manifest,
    /** Where the artifacts go, and where what is only needed meanwhile. */
    readonly out: string,
    readonly scratch: string,
    readonly scope: Pick<Scope, 'signal' | 'emit'>,
    readonly options: ExportOptions,
    readonly readRoot?: RootReader,
  ) {}

  /** Stem of all files: `image-version`. */
  get name(): string {
    return `${this.release.image}-${this.release.version}`;
  }

  /** What identifiers follow from, so that the same release gives the same bytes. */
  get seed(): string {
    return this.release.id;
  }

  /** Times in artifacts: SOURCE_DATE_EPOCH, else when the release was made; seconds since 1970. */
  get timeS(): number {
    const given = Number(process.env['SOURCE_DATE_EPOCH'] ?? Number.NaN);
    return Number.isNaN(given) ? Math.floor(Date.parse(this.manifest.createdAt) / 1000) : given;
  }

  get signal(): AbortSignal {
    return this.scope.signal;
  }

  file(name: string): string {
    return path.join(this.out, name);
  }

  /** Two targets may name the same file: it is there once. @returns its name */
  async publish(from: string, name: string): Promise<string> {
    await link(from, this.file(name)).catch(error => {
      if (error.code !== 'EEXIST') throw error;
    });
    return name;
  }

  /** @returns its name */
  async writeJson(name: string, value: unknown): Promise<string> {
    await writeFile(this.file(name), `${JSON.stringify(value, undefined, 2)}\n`);
    return name;
  }

  progress(what: string): (done: number, total: number) => void {
    let toldAt = 0;
    return (done, total) => {
      if (done < total && performance.now() - toldAt < 250) return;
      toldAt = performance.now();
      this.scope.emit({ type: 'progress', what, done, total, unit: 'bytes' });
    };
  }

  /** The release's disk as raw: what every own writer reads. */
  raw(): Promise<RawDisk> {
    return this.#once('raw', async () => {
      await mkdir(this.scratch, { recursive: true });
      const file = path.join(this.scratch, 'disk.raw');
      const from = { path: this.release.path, format: this.release.format };
      await convertImage(from, { path: file, format: 'raw' }, { signal: this.signal });
      return this.#describe(file);
    });
  }

  /** The same, grown to a whole number of `unitBytes`, its partition table right for the new size. */
  rawIn(unitBytes: number): Promise<RawDisk> {
    return this.#once(`raw ${unitBytes}`, async () => {
      const disk = await this.raw();
      const bytes = Math.ceil(disk.bytes / unitBytes) * unitBytes;
      if (bytes === disk.bytes) return disk;
      const file = path.join(this.scratch, `disk-${unitBytes}.raw`);
      await copySparse(disk.path, disk.extents, bytes, file, this.signal);
      await moveGptBackup(file, bytes);
      return this.#describe(file);
    });
  }

  layout(): Promise<DiskLayout> {
    return this.#once('layout', async () => readLayout((await this.raw()).path));
  }

  /** The one it was tested with; else BIOS for whatever has no EFI system partition. */
  async firmware(): Promise<'bios' | 'efi'> {
    if (this.manifest.machine) return this.manifest.machine.firmware;
    return (await this.layout()).hasEsp ? 'efi' : 'bios';
  }

  /** The streamOptimized VMDK, for all that want one. @returns its path, in the scratch folder */
  streamVmdk(): Promise<string> {
    return this.#once('stream-vmdk', async () => {
      const disk = await this.raw();
      const name = `${this.name}.vmdk`;
      const file = path.join(this.scratch, name);
      await writeStreamVmdk(disk.path, disk.extents, file, {
        name,
        diskBytes: disk.bytes,
        seed: this.seed,
        hardwareVersion: this.options.hardwareVersion,
        signal: this.signal,
        onProgress: this.progress('vmdk'),
      });
      return file;
    });
  }

  /** The compressed qcow2, for all that want one. @returns its path, in the scratch folder */
  qcow2(): Promise<string> {
    return this.#once('qcow2', async () => {
      const disk = await this.raw();
      const file = path.join(this.scratch, `${this.name}.qcow2`);
      const tell = this.progress('qcow2');
      await convertImage(
        { path: disk.path, format: 'raw' },
        { path: file, format: 'qcow2' },
        {
          signal: this.signal,
          isCompressed: true,
          options: { compat: '1.1', compression_type: 'zlib' },
          onProgress: fraction => tell(Math.round(fraction * disk.bytes), disk.bytes),
        },
      );
      return file;
    });
  }

  /** The SHA-256 of a finished artifact: computed once, beside the other targets. */
  hash(name: string): Promise<string> {
    return this.#once(`hash ${name}`, () => hashBeside(this.file(name), this.signal));
  }

  async #describe(file: string): Promise<RawDisk> {
    return { path: file, bytes: await fileSize(file), extents: await dataExtents(file, this.signal) };
  }

  #once<T>(what: string, make: () => Promise<T>): Promise<T> {
    const made = this.#made.get(what) ?? make();
    this.#made.set(what, made);
    return made as Promise<T>;
  }
}
