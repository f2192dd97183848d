import { existsSync, readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, freemem, release, totalmem, userInfo } from 'node:os';
import type { HostSystem, PackageManager } from '../model/host.ts';
import type { Arch } from '../model/machine.ts';
import { findProgram } from './programs.ts';

const MIB = 1024 * 1024;

/** Node's names of processors, as QEMU calls them. */
const ARCHITECTURES: Partial<Record<string, Arch>> = {
  x64: 'x86_64',
  ia32: 'i386',
  arm64: 'aarch64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
};

/** In the order the set-up tries them. */
const PACKAGE_MANAGERS: readonly [program: string, manager: PackageManager][] = [
  ['apt-get', 'apt'],
  ['dnf', 'dnf'],
  ['pacman', 'pacman'],
];

export function lookAtSystem(): HostSystem {
  const packageManager = PACKAGE_MANAGERS.find(([program]) => findProgram(program))?.[1];
  return {
    arch: ARCHITECTURES[arch()] ?? 'x86_64',
    kernel: release(),
    distribution: fieldOf('/etc/os-release', /^PRETTY_NAME="?(.*?)"?$/m) ?? process.platform,
    ...(packageManager ? { packageManager } : {}),
    isRoot: userInfo().uid === 0,
    cpu: {
      model: cpus()[0]?.model.trim() ?? 'unknown',
      microcode: fieldOf('/proc/cpuinfo', /^microcode\s*:\s*(\S+)/m) ?? 'unknown',
      count: availableParallelism(),
    },
    memoryMiB: Math.floor(totalmem() / MIB),
    availableMemoryMiB: availableMemoryMiB(),
  };
}

/** What new programs can have without swapping: free memory alone would not count what caches give back. */
function availableMemoryMiB(): number {
  const kib = fieldOf('/proc/meminfo', /^MemAvailable:\s+(\d+) kB/m);
  return Math.floor(kib === undefined ? freemem() / MIB : Number(kib) / 1024);
}

const fieldOf = (file: string, pattern: RegExp): string | undefined =>
  existsSync(file) ? pattern.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
