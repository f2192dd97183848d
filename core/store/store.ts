import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Problem } from '../model/failure.ts';
import type { ImageInfo, ReleaseInfo, Removal } from '../model/image.ts';
import type { Manifest } from '../model/manifest.ts';
import { failedCandidate, keepCandidate, readCandidate } from './candidates.ts';
import {
  channelText,
  readCatalogue,
  readChannel,
  readManifest,
  readPointer,
  releaseOf,
  resolveRef,
} from './catalogue.ts';
import { makeDir, replaceFile } from './durable.ts';
import { type Layout, layoutOf } from './layout.ts';
import { type Lock, tryLock, withLock } from './lock.ts';
import { checkName } from './names.ts';
import {
  checkChannel,
  type ManifestDraft,
  mustBeFree,
  type PublishOptions,
  publishRelease,
  type ReleaseName,
} from './publish.ts';
import { addUse, collectStoreGarbage, removeRelease, storeLock, type Use } from './removal.ts';
import { type VerifyOptions, verifyRelease } from './verify.ts';

/** Releases, candidates and channels in one folder. Any number of processes may have it open. */
export class Store {
  readonly #layout: Layout;

  private constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Makes the folder if it is not there. */
  static async open(dir: string): Promise<Store> {
    await makeDir(path.resolve(dir));
    return new Store(layoutOf(await realpath(dir))); // one name for one store: its locks are named after it
  }

  get dir(): string {
    return this.#layout.root;
  }

  /**
   * Makes a candidate a release: see `publishRelease`. `candidateDir` holds the manifest's disks and files, lies
   * best on the store's file system, and is gone afterwards; after a failure it is as it was.
   * @throws GoldsmithError `exists`, `checksum-mismatch`, `not-found`, `disk-full`, `usage`
   */
  publish(
    candidateDir: string,
    manifest: ManifestDraft,
    name: ReleaseName,
    options: PublishOptions = {},
  ): Promise<ReleaseInfo> {
    return publishRelease(this.#layout, candidateDir, manifest, name, options);
  }

  /** Refuses a name early, before a build spends its time. @throws GoldsmithError `exists`, `usage` */
  checkFree(name: ReleaseName): Promise<void> {
    return mustBeFree(this.#layout, name);
  }

  /** Keeps a version for this process until it is released or the process ends; undefined when another has it. */
  async reserve(image: string, version: string): Promise<Lock | undefined> {
    checkName('image', image);
    checkName('version', version);
    return tryLock(`version ${this.dir} ${image}@${version}`);
  }

  /** Was the name ever used: released, removed, failed, or a channel's? */
  async isTaken(image: string, version: string): Promise<boolean> {
    if (await readCandidate(this.#layout, image, version)) return true;
    return mustBeFree(this.#layout, { image, version }).then(
      () => false,
      () => true,
    );
  }

  /** Takes in the folder of a candidate that failed. @returns where it is now */
  keepCandidate(
    dir: string,
    candidate: { image: string; version: string; reason: string; at: string; build?: string },
  ): Promise<string> {
    return keepCandidate(this.#layout, dir, candidate);
  }

  /** `image` (its channel `latest`), `image@version`, `image@channel`. @throws GoldsmithError `not-found`, `store-damaged` */
  resolve(ref: string): Promise<ReleaseInfo> {
    return resolveRef(this.#layout, ref);
  }

  /** The manifest of a release. @throws as `resolve` */
  async manifest(ref: string): Promise<Manifest> {
    const { id } = await this.resolve(ref);
    return readManifest(this.#layout, id.replace(/^sha256:/, ''));
  }

  /** Images by name, their releases newest first. Damaged ones are left out: see `problems`. */
  async list(): Promise<ImageInfo[]> {
    return (await readCatalogue(this.#layout)).images;
  }

  /** What is damaged as far as can be seen without reading disks. */
  async problems(): Promise<Problem[]> {
    return (await readCatalogue(this.#layout)).problems;
  }

  /**
   * Points a channel at a release, in one step.
   * @throws GoldsmithError `not-found`, `tests-failed` for a candidate that failed, `exists`, `usage`
   */
  async promote(
    image: string,
    version: string,
    channel: string,
  ): Promise<{ release: ReleaseInfo; channel: string; previous?: string }> {
    checkName('image', image);
    checkName('version', version);
    const layout = this.#layout;
    return withLock(storeLock(layout), async () => {
      await checkChannel(layout, image, channel);
      if (!(await readPointer(layout, image, version))) throw await failedCandidate(layout, image, version);
      const previous = await readChannel(layout, image, channel);
      await replaceFile(layout.channel(image, channel), channelText(version));
      const release = await releaseOf(layout, image, version);
      if (!release) throw await failedCandidate(layout, image, version);
      return { release, channel, ...(previous === undefined ? {} : { previous }) };
    });
  }

  /** Removes `image@version`, a release or a candidate: see `removeRelease`. */
  remove(ref: string, options: { force?: boolean } = {}): Promise<Removal> {
    return removeRelease(this.#layout, ref, options.force ?? false);
  }

  /** Reads a release again; every file that is not as published is a problem that names it. */
  async verify(ref: string, options: VerifyOptions = {}): Promise<{ release: ReleaseInfo; problems: Problem[] }> {
    return verifyRelease(this.#layout, ref, options);
  }

  /** Removes only what is not published: see `collectStoreGarbage`. */
  collectGarbage(options: { dryRun?: boolean } = {}): Promise<Removal[]> {
    return collectStoreGarbage(this.#layout, options);
  }

  /** Notes that e.g. a machine runs on a release. @returns a file whose removal ends the use */
  addUse(release: { image: string; version: string }, use: Use): Promise<string> {
    return addUse(this.#layout, release, use);
  }
}
