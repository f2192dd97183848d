import { lstat, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../exec.ts';
import { GoldsmithError } from '../model/failure.ts';
import { type GrubPlace, grubBiosImage, grubEfiFileSystem } from './grub-image.ts';

/** Runs one of the programs that make an ISO: the host's, or one unpacked from a package. */
export type Tool = (program: 'grub-mkimage' | 'mtools' | 'xorriso', args: string[]) => Promise<void>;

export interface BootableIso {
  /** Folder whose content becomes the ISO's; `boot/grub/grub.cfg` in it is the menu. GRUB's images are added to it. */
  content: string;
  /** At most 32 characters. */
  label: string;
  out: string;
  /** Seconds since 1970 that every date in the ISO gets, so that equal content gives equal bytes. */
  timeS: number;
  /** A file that only this ISO has: GRUB finds its disc by it. */
  mark: string;
  /** Folder with GRUB's `i386-pc` and `x86_64-efi`. */
  grub: GrubPlace;
  /** Folder for intermediate files. */
  scratch: string;
  tool: Tool;
}

const BIOS_IMAGE = 'boot/grub/bios.img';
const CATALOG = 'boot/grub/boot.cat';

/**
 * Makes an ISO that boots with BIOS and UEFI, from a CD drive or a USB stick.
 * @throws GoldsmithError `program-failed`, `host-lacks`
 */
export async function makeBootableIso(iso: BootableIso): Promise<void> {
  const efi = path.join(iso.scratch, 'efi.img');
  await mkdir(path.join(iso.content, 'boot/grub'), { recursive: true });
  await grubBiosImage(iso, path.join(iso.content, BIOS_IMAGE));
  await grubEfiFileSystem(iso, efi);
  await iso.tool('xorriso', ['-no_rc', '-as', 'mkisofs', '-quiet', ...mkisofsArguments(iso, efi)]);
}

/** Reproducible: every date is `timeS`, the volume's identifier too (xorriso(1), "-volume_date uuid"). */
function mkisofsArguments(iso: BootableIso, efi: string): string[] {
  const date = isoDate(iso.timeS);
  return [
    ...['-o', iso.out, '-V', iso.label, '-r', '-J', '-c', CATALOG],
    ...[`--modification-date=${date}`, '--set_all_file_dates', date],
    ...['--grub2-mbr', path.join(iso.grub.folder, 'i386-pc/boot_hybrid.img')],
    ...['-partition_offset', '16', '--mbr-force-bootable'],
    ...['-b', BIOS_IMAGE, '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table', '--grub2-boot-info'],
    ...['-eltorito-alt-boot', '-append_partition', '2', '0xef', efi],
    ...['-e', '--interval:appended_partition_2:all::', '-no-emul-boot', iso.content],
  ];
}

/** `YYYYMMDDhhmmss00`, as ISO 9660 writes a time (ECMA-119, 8.4.26.1). */
const isoDate = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().replace(/\D/g, '').slice(0, 14)}00`;

/**
 * Copies one regular file out of an ISO.
 * @param inside path in the ISO, as its Rock Ridge or Joliet names spell it
 * @throws GoldsmithError `not-found` when the ISO has no such file, `source-unsafe` when it is no regular file or the
 *   ISO cannot be read, `host-lacks` without xorriso
 */
export async function extractFromIso(iso: string, inside: string, out: string, signal?: AbortSignal): Promise<void> {
  const inIso = path.posix.resolve('/', inside);
  const incoming = `${out}.partial`;
  await rm(incoming, { recursive: true, force: true });
  try {
    const args = ['-no_rc', '-osirrox', 'on:auto_chmod_off', '-indev', `stdio:${iso}`, '-extract', inIso, incoming];
    await run('xorriso', args, signal ? { signal } : {}).catch(cause => unreadable(iso, inIso, cause));
    const status = await lstat(incoming);
    if (!status.isFile()) {
      throw new GoldsmithError('source-unsafe', `${inIso} in ${iso} is not a file.`, { hint: 'Name a file in it.' });
    }
    await rename(incoming, out);
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}

async function unreadable(iso: string, inIso: string, cause: unknown): Promise<never> {
  if (!(cause instanceof GoldsmithError) || cause.code !== 'program-failed') throw cause;
  await stat(iso).catch(missing => {
    throw new GoldsmithError('not-found', `There is no ISO ${iso}.`, { cause: missing });
  });
  const lines = cause.details.lastLines ?? [];
  // xorriso ends with the same status for a missing file and for a broken image; only its words tell them apart.
  const isBroken = lines.some(line => /not recognize|No ISO 9660|Cannot read|unsuitable/i.test(line));
  const details = { lastLines: lines };
  if (isBroken) throw new GoldsmithError('source-unsafe', `${iso} is no readable ISO 9660 image.`, { details, cause });
  throw new GoldsmithError('not-found', `${iso} has no file ${inIso}.`, {
    hint: `xorriso -indev ${iso} -find / lists what it has.`,
    details,
    cause,
  });
}

/** Writes the text files of an ISO's content, folders included. */
export async function writeContent(folder: string, files: Record<string, string | Buffer>): Promise<void> {
  for (const [name, data] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, data);
  }
}
