import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { grubEfiFileSystem } from '../grub-image.ts';
import type { BootableIso } from '../iso.ts';

/** First sector (of 512 bytes) of GRUB's partition on the installed disk; guest/installer/disk.sh makes it there. */
const CORE_START = 2048;
/** Only the installed root file system has it: GRUB finds its disk by it. */
const DISK_MARK = '/boot/boot.cpio';
const CORE_MODULES =
  'biosdisk part_gpt ext2 normal configfile search search_fs_file echo ls cat test true halt reboot linux linux16 minicmd serial terminal sleep';

/** GRUB as the installer writes it to a disk. */
export interface DiskGrub {
  /** For the first 440 bytes of the disk. */
  boot: Buffer;
  /** For GRUB's own partition. */
  core: Buffer;
  /** For the EFI system partition: a FAT file system. */
  efi: Buffer;
}

/** @param findDisk path of the configuration that finds the installed system */
export async function makeDiskGrub(iso: BootableIso, findDisk: string): Promise<DiskGrub> {
  const folder = path.join(iso.grub.folder, 'i386-pc');
  const core = path.join(iso.scratch, 'core.img');
  const options = ['--directory', folder, '--format', 'i386-pc', '--prefix', '/boot/grub', '--config', findDisk];
  await iso.tool('grub-mkimage', [...options, '--output', core, ...CORE_MODULES.split(' ')]);
  const efi = path.join(iso.scratch, 'disk-efi.img');
  await grubEfiFileSystem({ ...iso, mark: DISK_MARK }, efi);
  return {
    boot: bootSector(await readFile(path.join(folder, 'boot.img'))),
    core: placedCore(await readFile(core)),
    efi: await readFile(efi),
  };
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

/** The core image, whose first sector loads the rest: its one block list entry (at 0x1f4) says from where. */
export function placedCore(core: Buffer): Buffer {
  const placed = Buffer.from(core);
  placed.writeBigUInt64LE(BigInt(CORE_START + 1), 0x1f4);
  return placed;
}
