import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { GoldsmithError, type Problem } from '../model/failure.ts';
import type { ImageInfo, ReleaseInfo } from '../model/image.ts';
import type { Manifest } from '../model/manifest.ts';
import { nearest } from '../model/nearest.ts';
import { listCandidates, readCandidate } from './candidates.ts';
import { errorCode } from './durable.ts';
import type { Layout } from './layout.ts';
import { manifestId, parseManifest } from './manifest-schema.ts';
import { isChannelName, isImageName, isVersionName, parseRef } from './names.ts';

export const DEFAULT_CHANNEL = 'latest';

const pointerSchema = z.strictObject({ id: z.string().regex(/^[0-9a-f]{64}$/) });
const channelSchema = z.strictObject({ version: z.string().refine(isVersionName) });

export const pointerText = (id: string): string => `${JSON.stringify({ id })}\n`;
export const channelText = (version: string): string => `${JSON.stringify({ version })}\n`;

/** The id a version points to; undefined when there is no such version. */
export const readPointer = async (layout: Layout, image: string, version: string): Promise<string | undefined> =>
  (await readSmall(layout.pointer(image, version), pointerSchema))?.id;

/** The version a channel points to; undefined when there is no such channel. */
export const readChannel = async (layout: Layout, image: string, channel: string): Promise<string | undefined> =>
  (await readSmall(layout.channel(image, channel), channelSchema))?.version;

async function readSmall<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch(error => {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const result = schema.safeParse(parseJson(text));
  if (result.success) return result.data;
  throw new GoldsmithError('store-damaged', `${file} is damaged.`, {
    hint: 'Remove the file; if its release is whole, build or promote again.',
    details: { place: { file } },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A release's manifest, which must be the one its id names. @throws GoldsmithError `store-damaged` */
export async function readManifest(layout: Layout, id: string): Promise<Manifest> {
  const file = path.join(layout.release(id), 'manifest.json');
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new GoldsmithError('store-damaged', `Release ${id.slice(0, 12)} has lost its manifest: ${file}`, { cause });
  });
  if (manifestId(text) === id) return parseManifest(parseJson(text), file);
  throw new GoldsmithError('store-damaged', `${file} was changed after publication.`, { details: { place: { file } } });
}

/** Names in a folder that pass `isName`, sorted so that 1.10 follows 1.9; none when there is no folder. */
export async function namesIn(dir: string, isName: (name: string) => boolean): Promise<string[]> {
  const names = await readdir(dir).catch(error => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names.filter(isName).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

export const imageNames = (layout: Layout): Promise<string[]> => namesIn(layout.images, isImageName);
export const versionsOf = (layout: Layout, image: string): Promise<string[]> =>
  namesIn(layout.image(image), isVersionName);

/** Channel to version. */
export async function channelsOf(layout: Layout, image: string): Promise<Record<string, string>> {
  const channels: Record<string, string> = {};
  for (const channel of await namesIn(layout.channels(image), isChannelName)) {
    const version = await readChannel(layout, image, channel);
    if (version !== undefined) channels[channel] = version;
  }
  return channels;
}

/** One release by its exact version; undefined when there is none. @throws GoldsmithError `store-damaged` */
export async function releaseOf(layout: Layout, image: string, version: string): Promise<ReleaseInfo | undefined> {
  const id = await readPointer(layout, image, version);
  if (id === undefined) return undefined;
  const manifest = await readManifest(layout, id);
  const [disk] = manifest.disks;
  if (disk === undefined) throw new GoldsmithError('store-damaged', `Release ${image}@${version} has no disk.`);
  const channels = Object.entries(await channelsOf(layout, image));
  return {
    image,
    version,
    id: `sha256:${id}`,
    path: path.join(layout.release(id), disk.file),
    dir: layout.release(id),
    format: disk.format,
    bytes: disk.bytes,
    virtualBytes: disk.virtualSizeBytes,
    at: manifest.createdAt,
    channels: channels.filter(([, target]) => target === version).map(([name]) => name),
    ...(manifest.build === undefined ? {} : { build: manifest.build }),
  };
}

/**
 * `image` (its channel `latest`), `image@version` or `image@channel`. A candidate never resolves.
 * The disk is there with its size; its content is `verify`'s to read.
 * @throws GoldsmithError `not-found`, `store-damaged`, `usage`
 */
export async function resolveRef(layout: Layout, ref: string): Promise<ReleaseInfo> {
  const { image, tag = DEFAULT_CHANNEL } = parseRef(ref);
  const version = (await readPointer(layout, image, tag)) ? tag : await readChannel(layout, image, tag);
  const release = version === undefined ? undefined : await releaseOf(layout, image, version);
  if (release === undefined) throw await notFound(layout, image, tag);
  const size = await stat(release.path).then(
    entry => entry.size,
    () => undefined,
  );
  if (size === release.bytes) return release;
  throw new GoldsmithError(
    'store-damaged',
    size === undefined ? `${release.path} is gone.` : `${release.path} has ${size} bytes instead of ${release.bytes}.`,
    { hint: `Restore it from a backup, or remove the release: goldsmith rm ${release.image}@${release.version}` },
  );
}

/** The error for a reference to nothing, with what there is instead. */
export async function notFound(layout: Layout, image: string, tag: string): Promise<GoldsmithError> {
  const candidate = await readCandidate(layout, image, tag);
  if (candidate) {
    return new GoldsmithError(
      'not-found',
      `${image}@${tag} is a candidate that failed, and candidates never resolve.`,
      {
        hint: candidate.reason === undefined ? `It is kept in ${candidate.path}` : `It failed: ${candidate.reason}`,
      },
    );
  }
  const images = await imageNames(layout);
  if (!images.includes(image)) {
    const meant = nearest(image, images);
    return new GoldsmithError('not-found', `There is no image ${image}.`, {
      hint: meant ? `Did you mean ${meant}?` : `goldsmith build ${image} makes its first release.`,
    });
  }
  const known = [...Object.keys(await channelsOf(layout, image)), ...(await versionsOf(layout, image))];
  return new GoldsmithError('not-found', `${image} has no version or channel ${tag}.`, {
    hint: known.length === 0 ? `goldsmith build ${image} makes its first release.` : `There are: ${known.join(', ')}`,
  });
}

/** Every image with all it has; a damaged release is left out and told in `problems`. */
export async function readCatalogue(layout: Layout): Promise<{ images: ImageInfo[]; problems: Problem[] }> {
  const problems: Problem[] = [];
  const candidates = await listCandidates(layout);
  const names = new Set([...(await imageNames(layout)), ...candidates.map(candidate => candidate.image)]);
  const images: ImageInfo[] = [];
  for (const name of [...names].sort()) {
    images.push({
      name,
      releases: await releasesOf(layout, name, problems),
      channels: await orProblem({}, problems, () => channelsOf(layout, name)),
      candidates: candidates.filter(candidate => candidate.image === name).map(({ image: _, ...rest }) => rest),
    });
  }
  return { images: images.filter(hasAnything), problems };
}

const hasAnything = (image: ImageInfo): boolean => image.releases.length > 0 || image.candidates.length > 0;

/** Newest first. */
async function releasesOf(layout: Layout, image: string, problems: Problem[]): Promise<ReleaseInfo[]> {
  const found: ReleaseInfo[] = [];
  for (const version of await versionsOf(layout, image)) {
    const release = await orProblem(undefined, problems, () => releaseOf(layout, image, version));
    if (release) found.push(release);
  }
  return found.sort((a, b) => (a.at < b.at ? 1 : -1));
}

async function orProblem<T>(otherwise: T, problems: Problem[], act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof GoldsmithError)) throw error;
    problems.push({
      code: error.code,
      message: error.message,
      severity: 'error',
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
    return otherwise;
  }
}
