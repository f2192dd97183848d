import path from 'node:path';
import { run } from '../../exec.ts';
import type { Tool } from '../iso.ts';
import type { Archive } from './archive.ts';
import { unpackDeb } from './deb.ts';

/** Packages of the programs that make an ISO, libraries included; what they link to is fixed by their suite. */
const PACKAGES = [
  ...['grub-common', 'grub-pc-bin', 'grub-efi-amd64-bin', 'mtools', 'xorriso', 'kmod'],
  ...['libc6', 'liblzma5', 'libdevmapper1.02.1', 'libudev1', 'libcap2', 'libselinux1', 'libpcre2-8-0', 'libkmod2'],
  ...['libisoburn1t64', 'libisofs6t64', 'libburn4t64', 'libjte2', 'libreadline8t64', 'libtinfo6', 'zlib1g', 'libacl1'],
  ...['libbz2-1.0', 'libzstd1', 'libssl3t64'],
];

const LOADER = 'usr/lib64/ld-linux-x86-64.so.2';
const LIBRARIES = 'usr/lib/x86_64-linux-gnu';
const PROGRAMS = {
  'grub-mkimage': 'usr/bin/grub-mkimage',
  mtools: 'usr/bin/mtools',
  xorriso: 'usr/bin/xorriso',
  depmod: 'usr/sbin/depmod',
} as const;

/** Programs unpacked from packages: any Linux host runs the same ones, so equal inputs give equal bytes. */
export interface UnpackedTools {
  tool: Tool;
  /** Makes the index files of `lib/modules/KERNEL` below `root`. */
  depmod(root: string, kernel: string): Promise<void>;
  /** Folder with GRUB's modules. */
  grubFolder: string;
  /** Names and versions, for the record. */
  versions: string[];
}

/** @throws GoldsmithError as `Archive.package` and `unpackDeb` do */
export async function unpackTools(
  archive: Archive,
  root: string,
  timeS: number,
  signal: AbortSignal,
): Promise<UnpackedTools> {
  for (const name of PACKAGES) await unpackDeb(await archive.package(name), root, signal);
  const env = { SOURCE_DATE_EPOCH: String(timeS), TZ: 'UTC', MTOOLS_SKIP_CHECK: '1' };
  const start = async (program: keyof typeof PROGRAMS, args: string[]): Promise<void> => {
    const libraries = path.join(root, LIBRARIES);
    const command = ['--library-path', libraries, path.join(root, PROGRAMS[program]), ...args];
    await run(path.join(root, LOADER), command, { signal, env });
  };
  return {
    tool: start,
    depmod: (folder, kernel) => start('depmod', ['--basedir', folder, kernel]),
    grubFolder: path.join(root, 'usr/lib/grub'),
    versions: PACKAGES.slice(0, 6).map(name => `${name} ${archive.find(name)?.version}`),
  };
}
