import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';

/** What is known of a kept answer: enough to give it again and to ask whether it still holds. */
export interface KeptAnswer {
  url: string;
  sha256: string;
  bytes: number;
  type?: string;
  etag?: string;
  lastModified?: string;
}

/** An answer being received: becomes visible only by `commit`. */
export interface Incoming {
  write(chunk: Buffer): Promise<void>;
  commit(about: Omit<KeptAnswer, 'url' | 'sha256' | 'bytes'>): Promise<void>;
  discard(): Promise<void>;
}

/** Answers of a mirror on disk, by the hash of their URL. The folder may be deleted at any time. */
export class PackageStore {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** A kept answer and its file; undefined when there is none, or when the file is not what was kept. */
  async find(url: string): Promise<{ about: KeptAnswer; file: string } | undefined> {
    const { body, meta } = this.#files(url);
    const about = parseKept(await readFile(meta, 'utf8').catch(() => ''));
    if (about?.url !== url || (await sha256Of(body).catch(() => '')) !== about.sha256) return undefined;
    const now = new Date();
    await utimes(body, now, now);
    return { about, file: body };
  }

  async receive(url: string): Promise<Incoming> {
    const { body, meta } = this.#files(url);
    await mkdir(path.dirname(body), { recursive: true });
    const partial = `${body}.${randomUUID()}.partial`;
    const handle = await open(partial, 'wx');
    const hash = createHash('sha256');
    let bytes = 0;
    return {
      write: async chunk => {
        hash.update(chunk);
        bytes += chunk.length;
        await handle.write(chunk);
      },
      commit: async about => {
        await handle.close();
        const kept: KeptAnswer = { ...about, url, sha256: hash.digest('hex'), bytes };
        // A reader between the two renames finds a body that its description does not fit: no answer, never a wrong one.
        await rename(partial, body);
        await replaceFile(meta, JSON.stringify(kept));
      },
      discard: () => discard(handle, partial),
    };
  }

  /** Removes what was not used for the longest time until the rest is small enough. */
  async prune(maxBytes: number): Promise<void> {
    const names = await readdir(this.#dir, { recursive: true }).catch(() => []);
    const bodies = names.filter(name => name.endsWith('.body')).map(name => path.join(this.#dir, name));
    const files = await Promise.all(bodies.map(async file => ({ file, status: await stat(file) })));
    let total = files.reduce((sum, { status }) => sum + status.size, 0);
    for (const { file, status } of files.sort((a, b) => a.status.mtimeMs - b.status.mtimeMs)) {
      if (total <= maxBytes) return;
      await rm(file, { force: true });
      await rm(file.replace(/\.body$/, '.json'), { force: true });
      total -= status.size;
    }
  }

  #files(url: string): { body: string; meta: string } {
    const name = createHash('sha256').update(url).digest('hex');
    const base = path.join(this.#dir, name.slice(0, 2), name);
    return { body: `${base}.body`, meta: `${base}.json` };
  }
}

async function discard(handle: FileHandle, partial: string): Promise<void> {
  await handle.close().catch(() => undefined);
  await rm(partial, { force: true });
}

async function replaceFile(file: string, text: string): Promise<void> {
  const partial = `${file}.${randomUUID()}.partial`;
  const handle = await open(partial, 'wx');
  await handle.writeFile(text).finally(() => handle.close());
  await rename(partial, file);
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

function parseKept(text: string): KeptAnswer | undefined {
  try {
    const kept = JSON.parse(text) as Partial<KeptAnswer>;
    return typeof kept.url === 'string' && typeof kept.sha256 === 'string' ? (kept as KeptAnswer) : undefined;
  } catch {
    return undefined;
  }
}
