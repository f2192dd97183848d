import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../exec.ts';
import { openArchive } from '../../media/debian/archive.ts';
import { GoldsmithError } from '../../model/failure.ts';

/** The kernel of Debian's cloud images: the smallest that knows every device of a virtual machine. */
const SUITE = 'trixie';
const META_PACKAGE = 'linux-image-cloud-amd64';

/** Offset and bytes of the magic in every bzImage (Documentation/arch/x86/boot.rst). */
const MAGIC_OFFSET = 0x202;
const MAGIC = 'HdrS';

/** A kernel of this host's own that we may read, the newest name first. Undefined: there is none. */
export function hostKernel(folder = '/boot'): string | undefined {
  const names = namesIn(folder).filter(name => name.startsWith('vmlinuz'));
  const newestFirst = names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return newestFirst.map(name => path.join(folder, name)).find(isKernel);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Whether a file is an x86 Linux kernel that we may read. */
export function isKernel(file: string): boolean {
  try {
    const fd = openSync(file, 'r');
    const magic = Buffer.alloc(MAGIC.length);
    readSync(fd, magic, 0, MAGIC.length, MAGIC_OFFSET);
    closeSync(fd);
    return magic.toString('latin1') === MAGIC;
  } catch {
    return false;
  }
}

/**
 * A kernel out of Debian's signed archive, kept in the cache.
 * @throws GoldsmithError as `openArchive` does: no mirror known, not reachable, signature wrong.
 */
export async function archiveKernel(cacheDir: string, signal: AbortSignal): Promise<string> {
  const kept = path.join(cacheDir, 'host', 'vmlinuz');
  if (isKernel(kept)) return kept;
  const archive = await openArchive({ suite: SUITE, cacheDir: path.join(cacheDir, 'archive'), signal });
  const [name = META_PACKAGE] = archive.find(META_PACKAGE)?.fields.get('Depends')?.split(' ') ?? [];
  await mkdir(path.dirname(kept), { recursive: true });
  await unpackKernel(await archive.package(name), kept, signal);
  return kept;
}

async function unpackKernel(deb: string, target: string, signal: AbortSignal): Promise<void> {
  const scratch = await mkdtemp(`${target}.`);
  try {
    await run('dpkg-deb', ['--extract', deb, scratch], { signal });
    const boot = path.join(scratch, 'boot');
    const found = (await readdir(boot)).map(name => path.join(boot, name)).find(isKernel);
    if (!found) throw new GoldsmithError('unexpected', `${path.basename(deb)} holds no kernel.`);
    await rename(found, target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
