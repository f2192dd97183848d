import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

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
/** Raised when the way the ISO is made changes without a change of its inputs. */
const MAKER_VERSION = 4;

interface Memory {
  maker: number;
  mirror: string | null;
  file: string;
  sha256: string;
  notes: string[];
  madeAtMs: number;
}

const memoryFile = (release: string, cacheDir: string): string => path.join(cacheDir, `${release}.json`);

/** The ISO of this day, if it is there and whole. */
export async function recall(
  release: string,
  cacheDir: string,
  mirror: string | undefined,
): Promise<MadeIso | undefined> {
  const memory = parseMemory(await readFile(memoryFile(release, cacheDir), 'utf8').catch(() => ''));
  if (!memory || memory.maker !== MAKER_VERSION || memory.mirror !== (mirror ?? null)) return undefined;
  if (Math.abs(Date.now() - memory.madeAtMs) > FRESH_MS) return undefined;
  const file = path.join(cacheDir, path.basename(memory.file));
  const sha256 = await hashFile(file).catch(() => undefined);
  if (sha256 !== memory.sha256) return undefined;
  return { path: file, sha256, bytes: (await stat(file)).size, notes: memory.notes, isReused: true };
}

/** Takes a finished ISO into the cache, named by its content. */
export async function remember(
  release: string,
  cacheDir: string,
  mirror: string | undefined,
  iso: string,
  notes: string[],
): Promise<MadeIso> {
  const sha256 = await hashFile(iso);
  const file = path.join(cacheDir, `${release}-${sha256.slice(0, 16)}.iso`);
  await rename(iso, file);
  const memory: Memory = {
    maker: MAKER_VERSION,
    mirror: mirror ?? null,
    file: path.basename(file),
    sha256,
    notes,
    madeAtMs: Date.now(),
  };
  const incoming = `${memoryFile(release, cacheDir)}.${process.pid}`;
  await writeFile(incoming, JSON.stringify(memory, null, 2));
  await rename(incoming, memoryFile(release, cacheDir));
  return { path: file, sha256, bytes: (await stat(file)).size, notes, isReused: false };
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
