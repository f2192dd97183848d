import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeGrubImages } from './grub.ts';
import { makeBootInitramfs, makeInstaller, makeSystem, type Parts } from './system.ts';
import { FIXED_TIME_S, toCpio, toTar } from './tree.ts';

/** Kernel and initrd in the ISO, for a boot without bootloader. */
export const TINY_KERNEL = '/tiny/vmlinuz';
export const TINY_INITRD = '/tiny/installer.cpio';

const VOLUME = 'TINY';
/** BIOS boot image; lies in the ISO because xorriso writes its own block addresses into it. */
const BIOS_IMAGE = 'boot/grub/bios.img';

/** Makes the whole ISO below `scratch`. @returns its path there. */
export async function makeMedium(parts: Parts, scratch: string): Promise<string> {
  const content = path.join(scratch, 'iso');
  const inIso = (name: string) => path.join(content, name);
  await mkdir(inIso('tiny'), { recursive: true });
  await mkdir(inIso('boot/grub'), { recursive: true });
  await writeFile(inIso('tiny/system.tar'), await toTar(await makeSystem(parts)));
  await writeFile(inIso('tiny/boot.cpio'), toCpio(await makeBootInitramfs(parts)));
  await writeFile(inIso(TINY_INITRD), toCpio(await makeInstaller(parts)));
  await writeFile(inIso(TINY_KERNEL), await parts.unpacked.read(`boot/vmlinuz-${parts.kernelVersion}`));

  const grub = await makeGrubImages(parts.unpacked, path.join(parts.guest, 'grub'), path.join(scratch, 'grub'));
  await copyFile(grub.diskBoot, inIso('tiny/boot.img'));
  await copyFile(grub.diskCore, inIso('tiny/core.img'));
  await copyFile(grub.diskEfi, inIso('tiny/esp.img'));
  await copyFile(grub.mediumBios, inIso(BIOS_IMAGE));
  await copyFile(path.join(parts.guest, 'grub/medium.cfg'), inIso('boot/grub/grub.cfg'));

  const iso = path.join(scratch, 'out.iso');
  const bios = ['-b', BIOS_IMAGE, '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table', '--grub2-boot-info'];
  const efi = [
    '-append_partition',
    '2',
    '0xef',
    grub.mediumEfi,
    '-e',
    '--interval:appended_partition_2:all::',
    '-no-emul-boot',
  ];
  const names = ['-V', VOLUME, '-r', '-J', '-c', 'boot/boot.cat'];
  const hybrid = ['--grub2-mbr', grub.hybridMbr, '-partition_offset', '16', '--mbr-force-bootable'];
  const fixed = ['--modification-date=' + isoDate(FIXED_TIME_S), '--set_all_file_dates', isoDate(FIXED_TIME_S)];
  const args = [
    '-as',
    'mkisofs',
    '-quiet',
    '-o',
    iso,
    ...names,
    ...fixed,
    ...hybrid,
    ...bios,
    '-eltorito-alt-boot',
    ...efi,
    content,
  ];
  await parts.unpacked.run('usr/bin/xorriso', ['-no_rc', ...args]);
  return iso;
}

/** `YYYYMMDDhhmmss00`, as ISO 9660 writes a time. */
const isoDate = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().replace(/\D/g, '').slice(0, 14)}00`;
