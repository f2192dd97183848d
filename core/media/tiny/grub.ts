import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FIXED_TIME_S } from './tree.ts';
import type { Unpacked } from './unpacked.ts';

/** Sectors of 512 bytes; the same places stand in guest/installer/disk.sh. */
const CORE_START = 2048;
/** 4 MiB: the size of the EFI system partition that the installer makes, and of the ISO's. */
const ESP_KIB = 4096;

const COMMON_MODULES =
  'normal configfile search search_label search_fs_file search_fs_uuid echo ls cat test true halt reboot linux minicmd serial terminal sleep help';
const MEDIUM_MODULES = 'iso9660 part_gpt part_msdos';
const DISK_MODULES = 'ext2 part_gpt';
const BIOS_MODULES = 'biosdisk linux16';
const EFI_MODULES = 'efi_gop fat';

/** GRUB as the ISO needs it, and as the installer writes it to a disk. */
export interface GrubImages {
  /** For the BIOS: booted from CD by El Torito. */
  mediumBios: string;
  /** For UEFI: a FAT file system with EFI/BOOT/BOOTX64.EFI. */
  mediumEfi: string;
  /** First sector of a hybrid ISO written to a USB stick. */
  hybridMbr: string;
  /** First 440 bytes of the installed disk. */
  diskBoot: string;
  /** The partition that diskBoot loads. */
  diskCore: string;
  /** The EFI system partition of the installed disk. */
  diskEfi: string;
}

/** Makes all GRUB images in `dir` with the unpacked grub-mkimage; `configs` holds find-medium.cfg and find-disk.cfg. */
export async function makeGrubImages(unpacked: Unpacked, configs: string, dir: string): Promise<GrubImages> {
  await mkdir(dir, { recursive: true });
  const image = (name: string) => path.join(dir, name);
  const findMedium = path.join(configs, 'find-medium.cfg');
  const findDisk = path.join(configs, 'find-disk.cfg');
  const make = (format: Format, config: string, modules: string, file: string) =>
    mkimage(unpacked, format, config, `${COMMON_MODULES} ${modules}`, file);

  await make('i386-pc-eltorito', findMedium, `${MEDIUM_MODULES} ${BIOS_MODULES}`, image('medium.img'));
  await make('i386-pc', findDisk, `${DISK_MODULES} ${BIOS_MODULES}`, image('core.img'));
  await make('x86_64-efi', findMedium, `${MEDIUM_MODULES} ${EFI_MODULES}`, image('medium.efi'));
  await make('x86_64-efi', findDisk, `${DISK_MODULES} ${EFI_MODULES}`, image('disk.efi'));
  await efiFileSystem(unpacked, image('medium.efi'), image('medium-esp.img'));
  await efiFileSystem(unpacked, image('disk.efi'), image('disk-esp.img'));
  await writeFile(image('boot.img'), bootSector(await unpacked.read('usr/lib/grub/i386-pc/boot.img')));
  await writeFile(image('core.img'), placedCore(await readFile(image('core.img'))));
  return {
    mediumBios: image('medium.img'),
    mediumEfi: image('medium-esp.img'),
    hybridMbr: path.join(unpacked.root, 'usr/lib/grub/i386-pc/boot_hybrid.img'),
    diskBoot: image('boot.img'),
    diskCore: image('core.img'),
    diskEfi: image('disk-esp.img'),
  };
}

type Format = 'i386-pc' | 'i386-pc-eltorito' | 'x86_64-efi';

async function mkimage(
  unpacked: Unpacked,
  format: Format,
  config: string,
  modules: string,
  file: string,
): Promise<void> {
  const folder = path.join(unpacked.root, 'usr/lib/grub', format.replace('-eltorito', ''));
  const options = ['--directory', folder, '--format', format, '--prefix', '/boot/grub', '--config', config];
  await unpacked.run('usr/bin/grub-mkimage', [...options, '--output', file, ...modules.split(' ')]);
}

/** A FAT file system with a fixed serial number; mtools takes the time from SOURCE_DATE_EPOCH. */
async function efiFileSystem(unpacked: Unpacked, program: string, file: string): Promise<void> {
  await writeFile(file, Buffer.alloc(ESP_KIB * 1024));
  const mtools = (command: string, args: string[]) =>
    unpacked.run('usr/bin/mtools', ['-c', command, '-i', file, ...args], { MTOOLS_SKIP_CHECK: '1' });
  await mtools('mformat', ['-N', FIXED_TIME_S.toString(16), '-v', 'TINY-EFI', '-T', String(ESP_KIB * 2), '::']);
  await mtools('mmd', ['::/EFI', '::/EFI/BOOT']);
  await mtools('mcopy', [program, '::/EFI/BOOT/BOOTX64.EFI']);
}

/**
 * GRUB's boot.img, told where the core image begins. Offsets: grub/include/grub/i386/pc/boot.h
 * (KERNEL_SECTOR 0x5c, DRIVE_CHECK 0x66; the two NOPs are what grub-install writes for a hard disk).
 */
export function bootSector(bootImage: Buffer): Buffer {
  const sector = Buffer.from(bootImage);
  sector.writeBigUInt64LE(BigInt(CORE_START), 0x5c);
  sector.writeUInt16LE(0x9090, 0x66);
  return sector;
}

/** The core image, whose first sector loads the rest: its last block list entry (at 0x1f4) says from where. */
export function placedCore(core: Buffer): Buffer {
  const placed = Buffer.from(core);
  placed.writeBigUInt64LE(BigInt(CORE_START + 1), 0x1f4);
  return placed;
}
