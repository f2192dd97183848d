import { link, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../build/scope.ts';
import { convertImage } from '../media/qemu-img.ts';
import type { ExportSettings, TargetName, VagrantCatalog } from '../model/export.ts';
import type { ReleaseInfo } from '../model/image.ts';
import type { ImageFormat } from '../model/machine.ts';
import type { Manifest } from '../model/manifest.ts';
import { percentOf, progressOf } from '../progress.ts';
import { sync } from '../store/durable.ts';
import { copySparse } from './copy.ts';
import { dataExtents, type Extent, fileSize } from './extents.ts';
import { type DiskLayout, moveGptBackup, readLayout } from './gpt.ts';
import { type Digests, type Hashing, hashBeside } from './hash.ts';
import { sourceDateEpoch } from './source-date.ts';
import type { MadeBox } from './vagrant-catalog.ts';

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
export type RootReader = (disk: RawDisk, tar: string, signal: AbortSignal) => Promise<number>;

/** How an export is made. */
export interface ExportOptions extends ExportSettings {
  /** What one target has otherwise. */
  perTarget?: Partial<Record<TargetName, Partial<ExportSettings>>>;
  catalog?: VagrantCatalog;
  /** See `signSums`. */
  signKey?: string;
}

/** What an export is given. */
export interface ExportJob {
  release: ReleaseInfo;
  manifest: Manifest;
  /** Where the artifacts go, and where what is only needed meanwhile. */
  out: string;
  scratch: string;
  scope: Pick<Scope, 'signal' | 'emit'>;
  options: ExportOptions;
  readRoot?: RootReader | undefined;
}

/** What all targets of an export share: each thing is made when the first of them asks, once. */
class Shared {
  readonly made = new Map<string, Promise<unknown>>();
  readonly boxes: MadeBox[] = [];
  /** What is known of an artifact that makes its hash cheaper, by its name. */
  readonly hashing = new Map<string, Omit<Hashing, 'file'>>();
  /** Artifacts that are another name of a file in the scratch folder. */
  readonly sourceOf = new Map<string, string>();
  /** Artifacts whose content is the beginning of another one: the hash of that one tells theirs. */
  readonly prefixOf = new Map<string, string>();
  readonly warned = new Set<string>();
  readonly epochS = sourceDateEpoch();
  constructor(readonly job: ExportJob) {}
}

/** An export as one target sees it: its settings, and what it shares with the others. */
export class ExportWork {
  private constructor(
    /** The same for all targets of an export. */
    readonly root: Shared,
    readonly settings: ExportSettings,
  ) {}

  static begin(job: ExportJob): ExportWork {
    return new ExportWork(new Shared(job), job.options);
  }

  for(target: TargetName): ExportWork {
    const { options } = this.root.job;
    return new ExportWork(this.root, { ...options, ...options.perTarget?.[target] });
  }

  get release(): ReleaseInfo {
    return this.root.job.release;
  }

  get manifest(): Manifest {
    return this.root.job.manifest;
  }

  get out(): string {
    return this.root.job.out;
  }

  get scratch(): string {
    return this.root.job.scratch;
  }

  get scope(): ExportJob['scope'] {
    return this.root.job.scope;
  }

  get readRoot(): RootReader | undefined {
    return this.root.job.readRoot;
  }

  get catalog(): VagrantCatalog | undefined {
    return this.root.job.options.catalog;
  }

  /** Boxes that were made so far. */
  get boxes(): MadeBox[] {
    return this.root.boxes;
  }

  /** Stem of all files: `image-version`. */
  get name(): string {
    return `${this.release.image}-${this.release.version}`;
  }

  /** What identifiers follow from, so that the same release gives the same bytes. */
  get seed(): string {
    return this.release.id;
  }

  seedOf(nth: number): string {
    return nth === 0 ? this.seed : `${this.seed} disk ${nth + 1}`;
  }

  get diskCount(): number {
    return Math.max(1, this.manifest.disks.length);
  }

  /** Of the nth disk; the boot disk has the plain name. */
  diskName(nth: number, end: string): string {
    return `${this.name}${nth === 0 ? '' : `-disk${nth + 1}`}${end}`;
  }

  /** One after the other: side by side are the targets. */
  async eachDisk<T>(make: (nth: number) => Promise<T>): Promise<T[]> {
    const made: T[] = [];
    for (let nth = 0; nth < this.diskCount; nth++) made.push(await make(nth));
    return made;
  }

  /** Times in artifacts: SOURCE_DATE_EPOCH, else when the release was made; seconds since 1970. */
  get timeS(): number {
    return this.root.epochS ?? Math.floor(Date.parse(this.manifest.createdAt) / 1000);
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
    this.root.sourceOf.set(name, from);
    return name;
  }

  /** @returns its name */
  async writeJson(name: string, value: unknown): Promise<string> {
    await writeFile(this.file(name), `${JSON.stringify(value, undefined, 2)}\n`);
    return name;
  }

  /** Two targets may have the same to say. */
  warn(message: string): void {
    if (this.root.warned.has(message)) return;
    this.root.warned.add(message);
    this.scope.emit({ type: 'warning', message });
  }

  progress(what: string): (done: number, total: number) => void {
    return progressOf(this.scope, what);
  }

  /** A disk of the release as raw: what every own writer reads. */
  raw(nth = 0): Promise<RawDisk> {
    return this.once(`raw ${nth}`, async () => {
      await mkdir(this.scratch, { recursive: true });
      const file = path.join(this.scratch, `disk-${nth}.raw`);
      const onProgress = percentOf(this.scope, this.diskName(nth, '.raw'));
      await convertImage(this.#source(nth), { path: file, format: 'raw' }, { signal: this.signal, onProgress });
      return this.#describe(file);
    });
  }

  #source(nth: number): { path: string; format: ImageFormat } {
    const disk = nth === 0 ? undefined : this.manifest.disks[nth];
    return disk ? { path: path.join(this.release.dir, disk.file), format: disk.format } : this.release;
  }

  /** The same, grown to a whole number of `unitBytes`, its partition table right for the new size. */
  rawIn(unitBytes: number, nth = 0): Promise<RawDisk> {
    return this.once(`raw ${nth} in ${unitBytes}`, async () => {
      const disk = await this.raw(nth);
      const bytes = Math.ceil(disk.bytes / unitBytes) * unitBytes;
      if (bytes === disk.bytes) return disk;
      const file = path.join(this.scratch, `disk-${nth}-in-${unitBytes}.raw`);
      await copySparse(disk.path, disk.extents, bytes, file, this.signal);
      await moveGptBackup(file, bytes);
      return this.#describe(file);
    });
  }

  layout(): Promise<DiskLayout> {
    return this.once('layout', async () => readLayout((await this.raw()).path));
  }

  /** As somebody chose; else the one it was tested with; else BIOS for whatever has no EFI system partition. */
  async firmware(): Promise<'bios' | 'efi'> {
    const known = this.settings.firmware ?? this.manifest.machine?.firmware;
    return known ?? ((await this.layout()).hasEsp ? 'efi' : 'bios');
  }

  /**
   * Puts a finished artifact on the disk and hashes it, beside the targets that are still to come: at the end only what
   * the last of them wrote is left to do. `isHashed` false: another artifact will tell its hash.
   */
  async settle(name: string, isHashed: boolean): Promise<void> {
    await Promise.all([sync(this.file(name)), isHashed ? this.hash(name) : undefined]);
  }

  /** The SHA-256 of a finished artifact: computed once, beside the other targets. */
  async hash(name: string): Promise<string> {
    const longer = this.root.prefixOf.get(name);
    if (longer !== undefined) return (await this.#digests(longer)).prefix;
    return (await this.#digests(name)).whole;
  }

  #digests(name: string): Promise<Digests> {
    const known = this.root.hashing.get(name);
    const file = this.root.sourceOf.get(name) ?? this.file(name);
    return this.once(`hash ${file}`, () => hashBeside({ file, ...known }, this.signal));
  }

  /** The SHA-256 of a file in the scratch folder, whatever artifacts it becomes. */
  async hashFile(file: string): Promise<string> {
    return (await this.once(`hash ${file}`, () => hashBeside({ file }, this.signal))).whole;
  }

  /** A folder below the scratch folder, made where it is not there. */
  async folder(name: string): Promise<string> {
    const folder = path.join(this.scratch, name);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  async #describe(file: string): Promise<RawDisk> {
    return { path: file, bytes: await fileSize(file), extents: await dataExtents(file, this.signal) };
  }

  /** What several targets want is made when the first of them asks, and whole before any gets it. */
  once<T>(what: string, make: () => Promise<T>): Promise<T> {
    const { made } = this.root;
    const known = made.get(what) ?? make();
    made.set(what, known);
    return known as Promise<T>;
  }
}
