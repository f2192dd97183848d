import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { BuildEvent } from '../../model/event.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { ownFile } from '../../own-files.ts';
import { progressOf } from '../../progress.ts';
import { type Archive, openArchive } from '../debian/archive.ts';
import { type Made, type MadeIso, publish, recall, remember } from '../made.ts';
import { makeMedium } from './medium.ts';
import { KERNEL_META_PACKAGE, PACKAGES, SUITE } from './packages.ts';
import { ALL_MODULES } from './system.ts';
import { Unpacked } from './unpacked.ts';

export interface TinyIsoOptions {
  /** Where the ISO goes; its folder is made. */
  out: string;
  /** Packages and finished ISOs; it exists. May be deleted at any time. */
  cacheDir: string;
  /** Default: the mirror that apt on this host uses. */
  mirror?: string;
  /** Make it, and ask the mirror, though one was made today. */
  force?: boolean;
  signal: AbortSignal;
  emit: (event: BuildEvent) => void;
}

/**
 * Makes the tiny guest's installer ISO, for BIOS and UEFI, from Debian packages. The same packages and scripts give
 * the same bytes; the one that was made within a day by these scripts is taken without asking the mirror.
 * @throws GoldsmithError `source-unreachable`, `signature-invalid`, `checksum-mismatch`, `host-lacks`, `program-failed`.
 */
export async function makeTinyIso(options: TinyIsoOptions): Promise<MadeIso> {
  const { cacheDir, signal, emit, mirror } = options;
  const sources = ownFile('core/media/tiny');
  const iso: Made = { name: 'tiny', maker: await sourcesHash(sources), cacheDir, mirror };
  const known = options.force ? undefined : await recall(iso);
  if (known) emit({ type: 'note', message: "The tiny guest's ISO was made before." });
  const made = known ?? (await build(path.join(sources, 'guest'), iso, options));
  signal.throwIfAborted();
  await publish(made.path, options.out);
  return { ...made, path: options.out };
}

async function build(guest: string, made: Made, { cacheDir, signal, emit, mirror }: TinyIsoOptions): Promise<MadeIso> {
  const archive = await openArchive({ mirror, suite: SUITE, cacheDir: path.join(cacheDir, 'archive'), signal });
  const packages = [...PACKAGES, kernelPackage(archive)];
  const scratch = await mkdtemp(path.join(cacheDir, 'tiny-work-'));
  try {
    const unpacked = new Unpacked(path.join(scratch, 'root'), signal);
    const tell = progressOf({ emit }, 'Debian packages', 'items');
    for (const [index, name] of packages.entries()) {
      await unpacked.add(await archive.package(name), name);
      tell(index + 1, packages.length);
    }
    const modules = await unpacked.kernelModules(ALL_MODULES);
    const parts = { unpacked, guest, kernelVersion: await unpacked.kernelVersion(), modules };
    const iso = await makeMedium({ ...parts, packages: () => packageStatus(archive, packages, unpacked) }, scratch);
    const notes = packages.map(name => `${name} ${archive.find(name)?.version}`);
    return await remember(made, iso, notes);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** In GRUB as it is on the disk there are parts of these. */
const BOOT_PACKAGES = ['grub-pc-bin', 'grub-efi-amd64-bin'];

/** What dpkg would know of the guest, whose files come from packages without dpkg: an SBOM is made from it. */
function packageStatus(archive: Archive, packages: string[], unpacked: Unpacked): string {
  const isInside = (name: string): boolean =>
    unpacked.used.has(name) || BOOT_PACKAGES.includes(name) || name.startsWith('linux-image');
  return packages
    .filter(isInside)
    .sort()
    .map(name => {
      const fields = archive.find(name)?.fields;
      const field = (key: string): string => `${key}: ${fields?.get(key) ?? ''}`;
      return `Package: ${name}\nStatus: install ok installed\n${field('Architecture')}\n${field('Version')}\n${field('Maintainer')}\n`;
    })
    .join('\n');
}

/** The kernel's package has its version in its name: the meta package depends on the one of today. */
function kernelPackage(archive: Archive): string {
  const depends = archive.find(KERNEL_META_PACKAGE)?.fields.get('Depends') ?? '';
  const [name] = /linux-image-[^\s,(]+/.exec(depends) ?? [];
  if (name) return name;
  throw new GoldsmithError('source-unreachable', `The archive's ${SUITE} names no kernel in ${KERNEL_META_PACKAGE}.`);
}

/** One hash of what makes the ISO besides the packages: this folder, and what puts an ISO together. */
async function sourcesHash(sources: string): Promise<string> {
  const hash = createHash('sha256');
  const names = [...(await readdir(sources, { recursive: true })).sort(), '../iso.ts', '../grub-image.ts'];
  for (const name of names) {
    const file = path.join(sources, name);
    const status = await stat(file);
    if (status.isFile()) hash.update(`${name} ${status.mode & 0o111}\n`).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}
