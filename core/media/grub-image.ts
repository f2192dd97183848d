import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BootableIso } from './iso.ts';

/** Where GRUB's modules are: `i386-pc` and `x86_64-efi` below `folder`. */
export interface GrubPlace {
  folder: string;
}

/** Everything a person may want to type at GRUB's command line; all built in, so nothing is loaded from the disc. */
const MODULES = [
  'iso9660 part_gpt part_msdos fat ext2 normal configfile search search_label search_fs_file search_fs_uuid',
  'linux echo ls cat test true regexp halt reboot minicmd serial terminal sleep help loopback chain gzio',
]
  .join(' ')
  .split(' ');
const BIOS_MODULES = ['biosdisk', 'ntldr', 'linux16'];
const EFI_MODULES = ['efi_gop', 'efi_uga', 'font', 'gfxterm', 'video_fb', 'efifwsetup'];

/** Size of the EFI file system; GRUB with the modules above takes about 2 MiB. */
const EFI_KIB = 4096;

type Format = 'i386-pc-eltorito' | 'x86_64-efi';

/** What GRUB does before it has found its disc. */
const findDisc = (mark: string): string =>
  [`search --no-floppy --file --set=root ${mark}`, 'set prefix=($root)/boot/grub', ''].join('\n');

export const grubBiosImage = (iso: BootableIso, out: string): Promise<void> =>
  makeImage(iso, 'i386-pc-eltorito', [...MODULES, ...BIOS_MODULES], out);

/** A FAT file system with EFI/BOOT/BOOTX64.EFI. Its serial number is fixed; mtools takes times from the environment. */
export async function grubEfiFileSystem(iso: BootableIso, out: string): Promise<void> {
  const program = path.join(iso.scratch, 'bootx64.efi');
  await makeImage(iso, 'x86_64-efi', [...MODULES, ...EFI_MODULES], program);
  await writeFile(out, Buffer.alloc(EFI_KIB * 1024));
  const mtools = (command: string, args: string[]) => iso.tool('mtools', ['-c', command, '-i', out, ...args]);
  await mtools('mformat', ['-N', iso.timeS.toString(16), '-v', 'EFI', '-T', String(EFI_KIB * 2), '::']);
  await mtools('mmd', ['::/EFI', '::/EFI/BOOT']);
  await mtools('mcopy', [program, '::/EFI/BOOT/BOOTX64.EFI']);
}

async function makeImage(iso: BootableIso, format: Format, modules: string[], out: string): Promise<void> {
  const config = path.join(iso.scratch, `${format}.cfg`);
  await writeFile(config, findDisc(iso.mark));
  const folder = path.join(iso.grub.folder, format.replace('-eltorito', ''));
  const args = ['--directory', folder, '--format', format, '--prefix', '/boot/grub', '--config', config];
  await iso.tool('grub-mkimage', [...args, '--output', out, ...modules]);
}
