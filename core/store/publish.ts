import { randomUUID } from 'node:crypto';
import { chmod, link, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../exec.ts';
import { sha256File } from '../media/checksum.ts';
import { imageInfo } from '../media/qemu-img.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { ReleaseInfo } from '../model/image.ts';
import type { ImageFormat } from '../model/machine.ts';
import type { Manifest, ManifestDisk, ManifestFile } from '../model/manifest.ts';
import { channelText, pointerText, readChannel, readPointer, releaseOf } from './catalogue.ts';
import { createFile, errorCode, makeDir, replaceFile, sayingDiskFull, sync } from './durable.ts';
import { failpoint } from './failpoint.ts';
import type { Layout } from './layout.ts';
import { withLock } from './lock.ts';
import { manifestId, manifestText, parseManifest } from './manifest-schema.ts';
import { checkName } from './names.ts';
import { discard, incomingLock, storeLock } from './removal.ts';

/** A manifest before it has a name. */
export type ManifestDraft = Omit<Manifest, 'schema' | 'image' | 'version'>;

export interface ReleaseName {
  image: string;
  version: string;
  /** The channel that moves once the release is there; undefined: none. */
  channel?: string;
}

export interface PublishOptions {
  signal?: AbortSignal;
  /** Bytes read back and compared so far, and in all. */
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** Size and hash of a file for a manifest. The name is the file's own. */
export async function describeFile(file: string, options: { signal?: AbortSignal } = {}): Promise<ManifestFile> {
  const { size } = await stat(file);
  return { file: path.basename(file), bytes: size, sha256: await sha256File(file, options) };
}

/** As `describeFile`, with what a disk is besides. */
export async function describeDisk(
  file: string,
  format: ImageFormat,
  options: { signal?: AbortSignal } = {},
): Promise<ManifestDisk> {
  const { virtualBytes } = await imageInfo({ path: file, format }, options);
  return { ...(await describeFile(file, options)), format, virtualSizeBytes: virtualBytes };
}

/**
 * Makes a candidate a release. In this order, each durable before the next: its files, verified against the manifest;
 * its folder under its id; the name; the channel. A crash leaves either no release or a whole one; the candidate's
 * folder stays whole until the release is there, and is then removed.
 * @throws GoldsmithError `exists`, `checksum-mismatch` when a file is not as the manifest says, `disk-full`, `usage`
 */
export async function publishRelease(
  layout: Layout,
  candidateDir: string,
  draft: ManifestDraft,
  name: ReleaseName,
  options: PublishOptions = {},
): Promise<ReleaseInfo> {
  const { image, version, channel } = name;
  const manifest = parseManifest({ ...draft, schema: 1, image, version }, 'the new manifest');
  await mustBeFree(layout, name);
  const incoming = path.join(layout.incoming, randomUUID());
  const release = await withLock(incomingLock(incoming), () =>
    sayingDiskFull(`release ${image}@${version}`, layout.root, async () => {
      try {
        const id = await stageFiles(layout, incoming, candidateDir, manifest, options);
        options.signal?.throwIfAborted();
        return await withLock(storeLock(layout), () => makeVisible(layout, incoming, id, name));
      } finally {
        await discard(incoming);
      }
    }),
  );
  await rm(candidateDir, { recursive: true, force: true });
  failpoint('publish.after-candidate-removed');
  return channel === undefined ? release : { ...release, channels: [...new Set([...release.channels, channel])] };
}

/**
 * A version is never used twice, also not after its removal, and never means a channel as well.
 * @throws GoldsmithError `exists`, `usage`
 */
export async function mustBeFree(layout: Layout, { image, version, channel }: ReleaseName): Promise<void> {
  checkName('image', image);
  checkName('version', version);
  if (channel !== undefined) await checkChannel(layout, image, channel, version);
  if (await readPointer(layout, image, version)) throw taken(`${image}@${version} is released already.`);
  if (await stat(layout.tombstone(image, version)).catch(() => undefined)) {
    throw taken(`${image}@${version} was released once and removed; its name is not used again.`);
  }
  if (await readChannel(layout, image, version)) throw taken(`${version} is a channel of ${image}.`);
}

/** @throws GoldsmithError `exists` when the word is a version of the image, `usage` when it is no name */
export async function checkChannel(layout: Layout, image: string, channel: string, version?: string): Promise<void> {
  checkName('channel', channel);
  if (channel !== version && !(await readPointer(layout, image, channel))) return;
  throw new GoldsmithError('exists', `${channel} is a version of ${image} and cannot be a channel as well.`);
}

const taken = (message: string): GoldsmithError =>
  new GoldsmithError('exists', message, { hint: 'A release is never rewritten: choose another version.' });

/** Puts the candidate's files beside the releases, checked and flushed. @returns the id of the release they make */
async function stageFiles(
  layout: Layout,
  incoming: string,
  candidateDir: string,
  manifest: Manifest,
  options: PublishOptions,
): Promise<string> {
  await makeDir(layout.releases);
  await makeDir(incoming);
  failpoint('publish.before-files');
  const files = [...manifest.disks, ...manifest.files];
  for (const { file } of files) await bring(path.join(candidateDir, file), path.join(incoming, file));
  failpoint('publish.after-files');
  await verifyFiles(incoming, files, options);
  failpoint('publish.after-verify');
  const text = manifestText(manifest);
  await writeFile(path.join(incoming, 'manifest.json'), text);
  await writeFile(path.join(incoming, 'SHA256SUM'), sumsText(files, manifestId(text)));
  failpoint('publish.after-manifest');
  await flush(incoming);
  failpoint('publish.after-sync');
  return manifestId(text);
}

/** GNU format, so that `sha256sum -c SHA256SUM` checks a release without us. */
const sumsText = (files: ManifestFile[], id: string): string =>
  [...files, { file: 'manifest.json', sha256: id }].map(({ file, sha256 }) => `${sha256}  ${file}\n`).join('');

/** A second name for the same file costs nothing and leaves the candidate whole; another file system needs a copy. */
async function bring(from: string, to: string): Promise<void> {
  const entry = await stat(from).catch(cause => {
    throw new GoldsmithError('not-found', `The candidate lacks ${path.basename(from)}.`, { cause });
  });
  if (!entry.isFile()) throw new GoldsmithError('source-unsafe', `${from} is no plain file.`);
  try {
    await link(from, to);
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP'].includes(errorCode(error) ?? '')) throw error;
    await run('cp', ['--reflink=auto', '--sparse=always', '--', from, to]);
  }
}

/** Reads every file back. @throws GoldsmithError `checksum-mismatch` naming the first that is wrong */
async function verifyFiles(dir: string, files: ManifestFile[], options: PublishOptions): Promise<void> {
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const { signal, onProgress } = options;
  let done = 0;
  for (const { file, bytes, sha256 } of files) {
    const before = done;
    const target = path.join(dir, file);
    const actual = await sha256File(target, {
      ...(signal === undefined ? {} : { signal }),
      onProgress: read => onProgress?.(before + read, total),
    });
    done += bytes;
    if (actual === sha256 && (await stat(target)).size === bytes) continue;
    throw new GoldsmithError('checksum-mismatch', `${file} changed after its manifest was made.`, {
      details: { file, expected: sha256, actual },
    });
  }
}

async function flush(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    await chmod(path.join(dir, name), 0o444);
    await sync(path.join(dir, name));
  }
  await sync(dir);
}

/** The commit, under the store's lock: rename, name, channel. */
async function makeVisible(layout: Layout, incoming: string, id: string, name: ReleaseName): Promise<ReleaseInfo> {
  const { image, version, channel } = name;
  await mustBeFree(layout, name);
  await moveIntoPlace(layout, incoming, id);
  failpoint('publish.after-rename');
  await sync(layout.releases);
  failpoint('publish.after-release-sync');
  await chmod(layout.release(id), 0o555);
  failpoint('publish.before-pointer');
  if (!(await createFile(layout.pointer(image, version), pointerText(id)))) {
    throw taken(`${image}@${version} is released already.`);
  }
  failpoint('publish.after-pointer');
  failpoint('publish.before-channel');
  if (channel !== undefined) await replaceFile(layout.channel(image, channel), channelText(version));
  failpoint('publish.after-channel');
  const release = await releaseOf(layout, image, version);
  if (release === undefined) throw new GoldsmithError('store-damaged', `${image}@${version} vanished at once.`);
  return release;
}

/** A folder of this id that is there already came from a publication that was cut off: the same bytes, or damage. */
async function moveIntoPlace(layout: Layout, incoming: string, id: string): Promise<void> {
  const target = layout.release(id);
  try {
    await rename(incoming, target);
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes(errorCode(error) ?? '')) throw error;
    const [ours, theirs] = await Promise.all(
      [incoming, target].map(dir => readFile(path.join(dir, 'SHA256SUM'), 'utf8').catch(() => '')),
    );
    if (ours !== theirs || ours === '') throw new GoldsmithError('store-damaged', `${target} is damaged.`);
  }
}
