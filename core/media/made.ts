import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile, sync } from '../store/durable.ts';

/** An ISO we made. */
export interface MadeIso {
  path: string;
  /** Hex. */
  sha256: string;
  bytes: number;
  /** What is in it and what was repaired: one sentence each. */
  notes: string[];
  /** It was made before and is still current. */
  isReused: boolean;
}

/** For so long an ISO is taken without asking the mirror: what a mirror serves changes from day to day. */
const FRESH_MS = 24 * 3600 * 1000;

interface Memory {
  maker: string;
  mirror: string | null;
  file: string;
  sha256: string;
  notes: string[];
  madeAtMs: number;
}

/** Which ISO it is, and by whom it was made. */
export interface Made {
  /** As `goldsmith iso` calls it. */
  name: string;
  /** Another one whenever the way the ISO is made has changed, also without a change of what is fetched for it. */
  maker: string;
  cacheDir: string;
  mirror: string | undefined;
}

const memoryFile = ({ name, cacheDir }: Made): string => path.join(cacheDir, `${name}.json`);

/** The ISO of this day, if it is there and whole. */
export async function recall(made: Made): Promise<MadeIso | undefined> {
  const { maker, cacheDir, mirror } = made;
  const memory = parseMemory(await readFile(memoryFile(made), 'utf8').catch(() => ''));
  if (!memory || memory.maker !== maker || memory.mirror !== (mirror ?? null)) return undefined;
  if (Math.abs(Date.now() - memory.madeAtMs) > FRESH_MS) return undefined;
  const file = path.join(cacheDir, path.basename(memory.file));
  const sha256 = await hashFile(file).catch(() => undefined);
  if (sha256 !== memory.sha256) return undefined;
  return { path: file, sha256, bytes: (await stat(file)).size, notes: memory.notes, isReused: true };
}

/** Takes a finished ISO into the cache, named by its content, to be recalled for a day. */
export async function remember(made: Made, iso: string, notes: string[]): Promise<MadeIso> {
  const { name, maker, cacheDir, mirror } = made;
  const sha256 = await hashFile(iso);
  const file = path.join(cacheDir, `${name}-${sha256.slice(0, 16)}.iso`);
  await rename(iso, file);
  const memory: Memory = {
    maker,
    mirror: mirror ?? null,
    file: path.basename(file),
    sha256,
    notes,
    madeAtMs: Date.now(),
  };
  await replaceFile(memoryFile(made), JSON.stringify(memory, null, 2));
  return { path: file, sha256, bytes: (await stat(file)).size, notes, isReused: false };
}

/**
 * Puts an ISO of the cache where it is wanted, by way of a name beside it: a machine that reads the one that was there
 * keeps its own, and nobody ever sees half of one. No copy where a second name will do, as nothing writes to either.
 */
export async function publish(file: string, out: string): Promise<void> {
  await mkdir(path.dirname(out), { recursive: true });
  const incoming = `${out}.${randomUUID()}.incoming`;
  try {
    await link(file, incoming).catch(() => copyFile(file, incoming)); // another file system
    await sync(incoming);
    await rename(incoming, out);
  } finally {
    await rm(incoming, { force: true }); // there still if `out` was this very file
  }
}

/** Undefined for anything that we did not write. */
function parseMemory(text: string): Memory | undefined {
  try {
    const memory = JSON.parse(text) as Partial<Memory>;
    const isWhole =
      typeof memory.file === 'string' &&
      typeof memory.sha256 === 'string' &&
      Array.isArray(memory.notes) &&
      memory.madeAtMs;
    return isWhole ? (memory as Memory) : undefined;
  } catch {
    return undefined;
  }
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}
