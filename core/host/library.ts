import { existsSync } from 'node:fs';

/** The multi-architecture folders of Debian and its kin. */
const DEBIAN: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  ppc64: 'powerpc64le-linux-gnu',
  riscv64: 'riscv64-linux-gnu',
  s390x: 's390x-linux-gnu',
};

/** libvirt's own C library, the one with its QEMU-only calls, and a quick deflate. */
export type LibraryName = 'libvirt' | 'libvirt-qemu' | 'libdeflate';

/** The variable that names another folder, for an installation of one's own. */
const OWN_FOLDER: Partial<Record<LibraryName, string>> = {
  libvirt: 'GOLDSMITH_LIBVIRT_DIR',
  'libvirt-qemu': 'GOLDSMITH_LIBVIRT_DIR',
};

/** Where distributions and macOS's package managers keep libraries, in the order they are looked at. */
export const libraryFolders = (
  platform: NodeJS.Platform = process.platform,
  arch: NodeJS.Architecture = process.arch,
): string[] =>
  platform === 'darwin'
    ? ['/opt/homebrew/lib', '/usr/local/lib', '/opt/local/lib']
    : [
        ...(DEBIAN[arch] === undefined ? [] : [`/usr/lib/${DEBIAN[arch]}`]), // Debian, Ubuntu
        '/usr/lib64', // Fedora, openSUSE
        '/usr/lib', // Arch
        '/usr/local/lib',
      ];

const fileName = (name: LibraryName, platform: NodeJS.Platform): string =>
  platform === 'darwin' ? `${name}.0.dylib` : `${name}.so.0`;

/** The absolute path of a C library; undefined: it is not installed. Loads nothing. */
export function findLibrary(
  name: LibraryName,
  env: NodeJS.ProcessEnv = process.env,
  folders: string[] = libraryFolders(),
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const own = env[OWN_FOLDER[name] ?? ''];
  return (own === undefined ? folders : [own]).map(dir => `${dir}/${fileName(name, platform)}`).find(existsSync);
}
