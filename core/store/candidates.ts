import { readdir, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { run } from '../exec.ts';
import { GoldsmithError } from '../model/failure.ts';
import { errorCode, makeDir, replaceFile, sync } from './durable.ts';
import type { Layout } from './layout.ts';
import { checkName, isImageName, isVersionName } from './names.ts';

/** A sealed image that did not pass: kept for people to look at, never resolved, never promoted. */
export interface Candidate {
  image: string;
  version: string;
  path: string;
  bytes: number;
  reason?: string;
  /** ISO 8601 UTC. */
  at: string;
}

const RECORD = 'candidate.json';
const recordSchema = z.object({ at: z.string(), reason: z.string().optional(), build: z.string().optional() });

/**
 * Takes a failed candidate's folder into the store. One of the same version that failed before stays beside it.
 * @returns its folder now
 */
export async function keepCandidate(
  layout: Layout,
  dir: string,
  candidate: { image: string; version: string; reason: string; at: string; build?: string },
): Promise<string> {
  const { image, version, ...record } = candidate;
  checkName('image', image);
  checkName('version', version);
  await replaceFile(path.join(dir, RECORD), `${JSON.stringify(record, undefined, 2)}\n`);
  await makeDir(layout.candidates);
  for (let count = 1; ; count++) {
    const name = count === 1 ? version : `${version}.${count}`;
    const target = path.join(layout.candidates, `${image}@${name}`);
    if (await moveDir(dir, target)) return target;
  }
}

/** False when the target's name is taken. */
async function moveDir(from: string, to: string): Promise<boolean> {
  if (await stat(to).catch(() => undefined)) return false;
  try {
    await rename(from, to);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST' || code === 'ENOTEMPTY') return false;
    if (code !== 'EXDEV') throw error;
    await run('mv', ['--no-clobber', '--no-target-directory', '--', from, to]);
  }
  await sync(path.dirname(to));
  return true;
}

/** The candidate of this name; undefined when there is none. */
export async function readCandidate(layout: Layout, image: string, version: string): Promise<Candidate | undefined> {
  const dir = path.join(layout.candidates, `${image}@${version}`);
  const entry = await stat(dir).catch(() => undefined);
  if (!entry?.isDirectory()) return undefined;
  const text = await readFile(path.join(dir, RECORD), 'utf8').catch(() => '{}');
  const record = recordSchema.safeParse(parseJson(text));
  const known = record.success ? record.data : { at: entry.mtime.toISOString(), reason: undefined };
  const reason = known.reason === undefined ? {} : { reason: known.reason };
  return { image, version, path: dir, bytes: await allocatedBytes(dir), at: known.at, ...reason };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function listCandidates(layout: Layout): Promise<Candidate[]> {
  const names = await readdir(layout.candidates).catch(() => []);
  const found = await Promise.all(
    names.sort().map(name => {
      const [image = '', version = ''] = name.split('@');
      return isImageName(image) && isVersionName(version) ? readCandidate(layout, image, version) : undefined;
    }),
  );
  return found.filter(candidate => candidate !== undefined);
}

/** The candidate, or why there is none. */
export async function failedCandidate(layout: Layout, image: string, version: string): Promise<GoldsmithError> {
  const candidate = await readCandidate(layout, image, version);
  if (!candidate) return new GoldsmithError('not-found', `${image} has no version ${version}.`);
  return new GoldsmithError('tests-failed', `${image}@${version} failed its tests and cannot be promoted.`, {
    hint: candidate.reason ?? `It is kept in ${candidate.path}`,
  });
}

/** Bytes of the host's disk that removing a folder would free: holes and files with other names do not count. */
export async function allocatedBytes(target: string): Promise<number> {
  const entry = await stat(target).catch(() => undefined);
  if (!entry) return 0;
  if (!entry.isDirectory()) return entry.nlink > 1 ? 0 : entry.blocks * 512;
  const names = await readdir(target);
  const sizes = await Promise.all(names.map(name => allocatedBytes(path.join(target, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
