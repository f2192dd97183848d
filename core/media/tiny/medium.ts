import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BootableIso, makeBootableIso, type Tool, writeContent } from '../iso.ts';
import { makeDiskGrub } from './grub.ts';
import { makeBootInitramfs, makeInstaller, makeSystem, type Parts } from './system.ts';
import { FIXED_TIME_S, toCpio, toTar } from './tree.ts';

/** Kernel and initrd in the ISO, for a boot without bootloader. */
export const TINY_KERNEL = '/tiny/vmlinuz';
export const TINY_INITRD = '/tiny/installer.cpio';
/** The installer looks for its medium by this file, and so does GRUB. */
const SYSTEM = '/tiny/system.tar';

/** Makes the whole ISO below `scratch`. @returns its path there. */
export async function makeMedium(parts: Parts, scratch: string): Promise<string> {
  const { unpacked, guest } = parts;
  const iso: BootableIso = {
    content: path.join(scratch, 'iso'),
    label: 'TINY',
    out: path.join(scratch, 'out.iso'),
    timeS: FIXED_TIME_S,
    mark: SYSTEM,
    grub: { folder: path.join(unpacked.root, 'usr/lib/grub') },
    scratch: path.join(scratch, 'grub'),
    tool: archiveTool(parts),
  };
  await mkdir(iso.scratch, { recursive: true });
  const grub = await makeDiskGrub(iso, path.join(guest, 'grub/find-disk.cfg'));
  await writeContent(iso.content, {
    [SYSTEM]: await toTar(await makeSystem(parts)),
    [TINY_INITRD]: toCpio(await makeInstaller(parts)),
    [TINY_KERNEL]: await unpacked.read(`boot/vmlinuz-${parts.kernelVersion}`),
    'tiny/boot.cpio': gzipSync(toCpio(await makeBootInitramfs(parts)), { level: 9 }), // GRUB reads it through the BIOS
    'tiny/boot.img': grub.boot,
    'tiny/core.img': grub.core,
    'tiny/esp.img': grub.efi,
    'boot/grub/grub.cfg': await readFile(path.join(guest, 'grub/medium.cfg')),
  });
  await makeBootableIso(iso);
  return iso.out;
}

/** The archive's own programs make the ISO, not the host's: their versions are inputs like any other. */
const archiveTool =
  ({ unpacked }: Parts): Tool =>
  (program, args) =>
    unpacked.run(`usr/bin/${program}`, args);
