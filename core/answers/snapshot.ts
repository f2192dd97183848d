import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../model/failure.ts';

/** All answers are held in memory; whoever serves an ISO tree has put it into the wrong folder. */
const MAX_TOTAL_MIB = 256;

/**
 * The files of a folder by absolute URL path. Links are followed as long as they stay inside; devices, sockets, pipes
 * and dangling links are left out.
 * @throws GoldsmithError `bad-answers` for a folder that cannot be read, a link that leaves it, or more than 256 MiB
 */
export async function snapshot(folder: string): Promise<[string, Buffer][]> {
  const base = await orBadAnswers(folder, realpath(folder));
  const files = await orBadAnswers(folder, walk({ base, real: base, urlPath: '', parents: new Set([base]) }));
  const taken: [string, Buffer][] = [];
  let room = MAX_TOTAL_MIB * 1024 * 1024;
  for (const { urlPath, real } of files) {
    const content = await orBadAnswers(real, readRegularFile(real, room));
    if (content === undefined) continue;
    if (content === 'too-large') throw tooLarge(folder);
    room -= content.length;
    taken.push([urlPath, content]);
  }
  return taken;
}

interface Found {
  urlPath: string;
  /** Where it is, all links resolved. */
  real: string;
}

interface Folder extends Found {
  base: string;
  /** Real paths of the folders above, so that a link to one of them ends. */
  parents: ReadonlySet<string>;
}

async function walk(folder: Folder): Promise<Found[]> {
  const found: Found[] = [];
  for (const name of (await readdir(folder.real)).sort()) {
    const urlPath = `${folder.urlPath}/${name}`;
    const real = await resolveInside(path.join(folder.real, name), folder.base);
    if (real === undefined || folder.parents.has(real)) continue;
    const status = await lstat(real);
    if (status.isDirectory())
      found.push(...(await walk({ ...folder, urlPath, real, parents: new Set([...folder.parents, real]) })));
    else if (status.isFile()) found.push({ urlPath, real });
  }
  return found;
}

/** A link inside the folder is followed; one that leaves it would serve any file of the host. Undefined: dangling. */
async function resolveInside(file: string, base: string): Promise<string | undefined> {
  const real = await realpath(file).catch(() => undefined);
  if (real === undefined || real === base || real.startsWith(base + path.sep)) return real;
  throw new GoldsmithError('bad-answers', `${file} is a link out of the served folder, to ${real}.`, {
    hint: 'Copy the file into the folder if it is meant to be served.',
  });
}

/** Whatever the path became since it was listed: a link is not opened, a pipe not waited for. Undefined: no file now. */
async function readRegularFile(file: string, maxBytes: number): Promise<Buffer | 'too-large' | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const status = await handle.stat();
    if (!status.isFile()) return undefined;
    return status.size > maxBytes ? 'too-large' : await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function orBadAnswers<T>(what: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof GoldsmithError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new GoldsmithError('bad-answers', `${what}, which is to be served, cannot be read: ${reason}.`, {
      hint: 'Check http_directory in the recipe, and the rights of what is in it.',
      cause: error,
    });
  }
}

const tooLarge = (folder: string): GoldsmithError =>
  new GoldsmithError('bad-answers', `${folder} holds more than ${MAX_TOTAL_MIB} MiB to serve.`, {
    hint: 'Serve only the answer files; packages and ISOs belong on a mirror.',
  });
