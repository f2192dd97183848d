import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../core/exec.ts';
import { Tree, toCpio } from '../../core/media/tiny/tree.ts';

/** Where Debian's packages isolinux and syslinux-common put their files. */
export const LOADER = '/usr/lib/ISOLINUX/isolinux.bin';
const MODULES = '/usr/lib/syslinux/modules/bios';
const NEEDED = ['ldlinux.c32', 'libcom32.c32', 'libutil.c32', 'vesamenu.c32'];
const BUSYBOX = '/usr/bin/busybox';

/** What an installer's medium has, by its path there: texts and bytes. */
export type Content = Record<string, string | Buffer>;

/** A CD that starts ISOLINUX, from `/isolinux` as the vendors have it. @returns its path */
export async function makeIsolinuxIso(dir: string, content: Content): Promise<string> {
  const tree = path.join(dir, 'cd');
  await mkdir(path.join(tree, 'isolinux'), { recursive: true });
  await copyFile(LOADER, path.join(tree, 'isolinux/isolinux.bin'));
  for (const name of NEEDED) await copyFile(path.join(MODULES, name), path.join(tree, 'isolinux', name));
  for (const [name, bytes] of Object.entries(content)) {
    await mkdir(path.join(tree, path.dirname(name)), { recursive: true });
    await writeFile(path.join(tree, name), bytes);
  }
  const iso = path.join(dir, 'isolinux.iso');
  const boot = ['-b', 'isolinux/isolinux.bin', '-c', 'isolinux/boot.cat', '-no-emul-boot', '-boot-load-size', '4'];
  await run('xorriso', ['-as', 'mkisofs', '-r', '-J', ...boot, '-boot-info-table', '-o', iso, tree]);
  return iso;
}

const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
echo "kernel line: $(/bin/busybox cat /proc/cmdline)" >/dev/ttyS0
/bin/busybox sync
/bin/busybox reboot -f
`;

/** An initial RAM disk that says on the serial port what the kernel was told, and ends. */
export const sayingInitrd = async (): Promise<Buffer> =>
  toCpio(
    new Tree()
      .dir('proc')
      .dir('dev')
      .file('bin/busybox', await readFile(BUSYBOX), 0o755)
      .file('init', INIT, 0o755),
  );
