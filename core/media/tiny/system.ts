import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../exec.ts';
import { aliasIndex, dependencyIndex, withDependencies } from './modules.ts';
import { INSTALLER_PROGRAMS, MEDIUM_MODULES, STORAGE_MODULES, SYSTEM_MODULES, SYSTEM_PROGRAMS } from './packages.ts';
import { Tree } from './tree.ts';
import type { KernelModule, Unpacked } from './unpacked.ts';

/** What all three trees are made from. */
export interface Parts {
  unpacked: Unpacked;
  /** Our own scripts and settings: the folder `guest` beside this file. */
  guest: string;
  kernelVersion: string;
  modules: Map<string, KernelModule>;
  /** The text of `/var/lib/dpkg/status`, once everything else was taken from the packages. */
  packages: () => string;
}

export const ALL_MODULES: readonly string[] = [...STORAGE_MODULES, ...SYSTEM_MODULES];

/** The system as it is copied to the disk, without kernel and initramfs. */
export async function makeSystem(parts: Parts): Promise<Tree> {
  const tree = new Tree();
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) tree.link(name, `usr/${name}`);
  tree.link('usr/sbin', 'bin');
  for (const name of ['proc', 'sys', 'dev', 'run', 'mnt', 'boot', 'var/log', 'var/lib']) tree.dir(name);
  tree.dir('root', 0o700).dir('tmp', 0o1777).dir('var/tmp', 0o1777);
  tree.link('var/run', '/run').link('etc/mtab', '/proc/mounts');
  await addFolder(tree, path.join(parts.guest, 'system'), '');
  await addFile(tree, path.join(parts.guest, 'lib/hardware.sh'), 'usr/lib/tiny/hardware.sh');
  await addFile(tree, path.join(parts.guest, 'installer/dhcp'), 'usr/share/udhcpc/default.script');
  await addFile(tree, path.join(parts.guest, 'grub/disk.cfg'), 'boot/grub/grub.cfg');
  await parts.unpacked.addPrograms(tree, SYSTEM_PROGRAMS);
  await addApplets(tree, parts.unpacked, 'usr/bin');
  addModules(tree, parts, ALL_MODULES, 'usr/lib/modules');
  return tree.file('var/lib/dpkg/status', parts.packages());
}

/** The small file system that the kernel of the installed system starts with. */
export async function makeBootInitramfs(parts: Parts): Promise<Tree> {
  const tree = await initramfs(parts, STORAGE_MODULES);
  return addFile(tree, path.join(parts.guest, 'boot/init'), 'init');
}

/** The installer: all of it but the system that it copies. */
export async function makeInstaller(parts: Parts): Promise<Tree> {
  const tree = await initramfs(parts, [...STORAGE_MODULES, ...MEDIUM_MODULES]);
  tree.link('lib64', 'usr/lib64');
  await addFolder(tree, path.join(parts.guest, 'installer'), 'installer');
  await parts.unpacked.addPrograms(tree, INSTALLER_PROGRAMS);
  return addFile(tree, path.join(parts.guest, 'installer/init'), 'init');
}

async function initramfs(parts: Parts, modules: readonly string[]): Promise<Tree> {
  const tree = new Tree();
  for (const name of ['proc', 'sys', 'dev', 'root', 'etc', 'tmp']) tree.dir(name);
  tree.link('sbin', 'bin'); // the kernel calls /sbin/modprobe for a file system it lacks
  tree.file('bin/busybox', await parts.unpacked.read('usr/bin/busybox'), 0o755);
  await addApplets(tree, parts.unpacked, 'bin');
  addModules(tree, parts, modules, 'lib/modules');
  return addFile(tree, path.join(parts.guest, 'lib/hardware.sh'), 'lib/hardware.sh');
}

/** All that busybox can do, by its name, where no real program stands. */
async function addApplets(tree: Tree, unpacked: Unpacked, folder: string): Promise<void> {
  const { stdout } = await run(path.join(unpacked.root, 'usr/bin/busybox'), ['--list']);
  for (const applet of stdout.split('\n')) {
    if (!tree.has(`${folder}/${applet}`)) tree.link(`${folder}/${applet}`, 'busybox');
  }
}

function addModules(tree: Tree, parts: Parts, wanted: readonly string[], folder: string): void {
  const modules = withDependencies(wanted, parts.modules);
  const place = `${folder}/${parts.kernelVersion}`;
  for (const { name } of modules) tree.file(`${place}/${name}.ko`, parts.modules.get(name)?.data ?? '');
  tree.file(`${place}/modules.dep`, dependencyIndex(modules));
  tree.file(`${place}/modules.alias`, aliasIndex(modules));
}

async function addFile(tree: Tree, from: string, to: string): Promise<Tree> {
  const isExecutable = ((await stat(from)).mode & 0o100) !== 0;
  return tree.file(to, await readFile(from), isExecutable ? 0o755 : 0o644);
}

async function addFolder(tree: Tree, from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter(found => found.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    await addFile(tree, file, path.posix.join(to, path.relative(from, file)));
  }
}
