import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { sha256File } from '../media/checksum.ts';
import type { Problem } from '../model/failure.ts';
import type { ReleaseInfo } from '../model/image.ts';
import type { ManifestFile } from '../model/manifest.ts';
import { DEFAULT_CHANNEL, notFound, readChannel, readManifest, readPointer, releaseOf } from './catalogue.ts';
import type { Layout } from './layout.ts';
import { manifestId, manifestText, OWN_FILES } from './manifest-schema.ts';
import { parseRef } from './names.ts';

export interface VerifyOptions {
  signal?: AbortSignal;
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/**
 * Reads every byte of a release and compares it with its manifest, whose own hash is the release's id.
 * @throws GoldsmithError `not-found`; `store-damaged` when even the manifest is not the published one
 */
export async function verifyRelease(
  layout: Layout,
  ref: string,
  options: VerifyOptions,
): Promise<{ release: ReleaseInfo; problems: Problem[] }> {
  const { image, tag = DEFAULT_CHANNEL } = parseRef(ref);
  const version = (await readPointer(layout, image, tag)) ? tag : await readChannel(layout, image, tag);
  const release = version === undefined ? undefined : await releaseOf(layout, image, version);
  if (!release) throw await notFound(layout, image, tag);
  const manifest = await readManifest(layout, path.basename(release.dir));
  const files = [...manifest.disks, ...manifest.files];
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const problems: Problem[] = [];
  let done = 0;
  for (const file of files) {
    const before = done;
    const tell = (read: number) => options.onProgress?.(before + read, total);
    problems.push(...(await verifyFile(release.dir, file, options.signal, tell)));
    done += file.bytes;
  }
  const sums = await verifySums(release.dir, files, manifestId(manifestText(manifest)));
  return { release, problems: [...problems, ...sums, ...(await strangers(release.dir, files))] };
}

async function verifyFile(
  dir: string,
  { file, bytes, sha256 }: ManifestFile,
  signal: AbortSignal | undefined,
  onProgress: (doneBytes: number) => void,
): Promise<Problem[]> {
  const target = path.join(dir, file);
  const entry = await stat(target).catch(() => undefined);
  if (!entry) return [damage(target, 'is gone')];
  if (entry.size !== bytes) return [damage(target, `has ${entry.size} bytes instead of ${bytes}`)];
  const actual = await sha256File(target, { ...(signal === undefined ? {} : { signal }), onProgress });
  return actual === sha256 ? [] : [damage(target, `was changed: its SHA-256 is ${actual} instead of ${sha256}`)];
}

async function verifySums(dir: string, files: ManifestFile[], id: string): Promise<Problem[]> {
  const target = path.join(dir, 'SHA256SUM');
  const text = await readFile(target, 'utf8').catch(() => undefined);
  if (text === undefined) return [damage(target, 'is gone')];
  const expected = [...files.map(({ file, sha256 }) => `${sha256}  ${file}`), `${id}  manifest.json`];
  return text.trim() === expected.join('\n') ? [] : [damage(target, 'was changed')];
}

/** Files nobody published. */
async function strangers(dir: string, files: ManifestFile[]): Promise<Problem[]> {
  const known = new Set([...OWN_FILES, ...files.map(({ file }) => file)]);
  const names = (await readdir(dir)).filter(name => !known.has(name));
  return names.map(name => damage(path.join(dir, name), 'is no part of the release'));
}

const damage = (file: string, what: string): Problem => ({
  code: 'store-damaged',
  severity: 'error',
  message: `${file} ${what}.`,
  hint: 'Restore the file from a backup, or remove the release and build again.',
  place: { file },
});
