import path from 'node:path';
import type { Arch } from '../model/machine.ts';

const ARCHES: Readonly<Record<string, Arch>> = {
  'qemu-system-x86_64': 'x86_64',
  'qemu-system-i386': 'i386',
  'qemu-system-aarch64': 'aarch64',
  'qemu-system-ppc64': 'ppc64',
  'qemu-system-ppc64le': 'ppc64',
  'qemu-system-riscv64': 'riscv64',
  'qemu-system-s390x': 's390x',
  'qemu-kvm': 'x86_64',
  kvm: 'x86_64',
};

/** What a recipe's `qemu_binary` emulates; a name that says nothing is of the usual machine. */
export function archOf(binary: string): Arch {
  const name = path.basename(binary);
  return Object.hasOwn(ARCHES, name) ? (ARCHES[name] ?? 'x86_64') : 'x86_64';
}

/** Names that stand for this host's QEMU of an architecture (`qemu-kvm` is what Red Hat calls it), not for one file. */
export const isUsualBinary = (binary: string): boolean =>
  Object.hasOwn(ARCHES, path.basename(binary)) && binary !== 'qemu-system-ppc64le';

/** Architectures whose machines we describe ourselves; others get exactly what Packer would give. */
export const isOfOurDevices = (arch: Arch): boolean => arch === 'x86_64' || arch === 'i386';
