import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { EfiFirmware } from '../model/host.ts';
import type { Arch } from '../model/machine.ts';

/** The part we need of QEMU's firmware descriptors (docs/interop/firmware.json in QEMU's sources). */
const FlashFile = z.object({ filename: z.string(), format: z.string() });
const Descriptor = z.object({
  description: z.string(),
  'interface-types': z.array(z.string()),
  mapping: z.object({ device: z.literal('flash'), executable: FlashFile, 'nvram-template': FlashFile }),
  targets: z.array(z.object({ architecture: z.string(), machines: z.array(z.string()) })),
  features: z.array(z.string()),
});
type Descriptor = z.infer<typeof Descriptor>;

/** Where descriptors lie, the most particular first: a file hides those of the same name in later folders. */
export const descriptorFolders = (env: NodeJS.ProcessEnv = process.env): string[] => [
  path.join(env['XDG_CONFIG_HOME'] ?? path.join(homedir(), '.config'), 'qemu/firmware'),
  '/etc/qemu/firmware',
  '/usr/share/qemu/firmware',
];

const ARCHITECTURES: Partial<Record<string, Arch>> = { x86_64: 'x86_64', i386: 'i386', aarch64: 'aarch64' };

/**
 * All UEFI firmware that can be used as raw flash: what descriptors name, in the order of their file names, as the
 * specification asks; then known places, for hosts without descriptors. What has a missing file is left out.
 */
export function lookAtFirmware(folders = descriptorFolders(), places = KNOWN_PLACES): EfiFirmware[] {
  const described = descriptorFiles(folders).flatMap(readDescriptor);
  const known = places.filter(place => !described.some(firmware => firmware.code === place.code));
  return [...described, ...known].filter(({ code, varsTemplate }) => existsSync(code) && existsSync(varsTemplate));
}

function descriptorFiles(folders: string[]): string[] {
  const files = new Map<string, string>();
  for (const folder of folders.filter(existsSync)) {
    for (const name of readdirSync(folder).filter(entry => entry.endsWith('.json'))) {
      if (!files.has(name)) files.set(name, path.join(folder, name));
    }
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
}

/** An empty or foreign descriptor (BIOS, memory-mapped firmware, qcow2 flash) yields nothing: it is meant to hide one. */
function readDescriptor(file: string): EfiFirmware[] {
  const { data } = Descriptor.safeParse(parseJson(readFileSync(file, 'utf8')));
  if (!data?.['interface-types'].includes('uefi')) return [];
  const { executable, 'nvram-template': template } = data.mapping;
  if (executable.format !== 'raw' || template.format !== 'raw') return [];
  return data.targets.flatMap(target => {
    const arch = ARCHITECTURES[target.architecture];
    return arch ? [fromDescriptor(data, arch, target.machines)] : [];
  });
}

const fromDescriptor = (
  { description, mapping, features }: Descriptor,
  arch: Arch,
  machines: string[],
): EfiFirmware => ({
  description,
  arch,
  code: mapping.executable.filename,
  varsTemplate: mapping['nvram-template'].filename,
  isSecureBoot: features.includes('secure-boot'),
  hasEnrolledKeys: features.includes('enrolled-keys'),
  needsSmm: features.includes('requires-smm'),
  machines,
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const place = (code: string, varsTemplate: string, kind: 'plain' | 'secure' | 'enrolled'): EfiFirmware => ({
  description: `UEFI firmware at ${code}`,
  arch: 'x86_64',
  code,
  varsTemplate,
  isSecureBoot: kind !== 'plain',
  hasEnrolledKeys: kind === 'enrolled',
  needsSmm: kind !== 'plain',
  machines: kind === 'plain' ? ['pc-i440fx-*', 'pc-q35-*'] : ['pc-q35-*'],
});

/** Of Debian and Ubuntu, Fedora, Arch: from their packages' file lists. */
const KNOWN_PLACES: EfiFirmware[] = [
  place('/usr/share/OVMF/OVMF_CODE_4M.ms.fd', '/usr/share/OVMF/OVMF_VARS_4M.ms.fd', 'enrolled'),
  place('/usr/share/OVMF/OVMF_CODE_4M.secboot.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd', 'secure'),
  place('/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd', 'plain'),
  place('/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd', 'plain'),
  place('/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd', '/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd', 'enrolled'),
  place('/usr/share/edk2/ovmf/OVMF_CODE.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd', 'plain'),
  place('/usr/share/edk2/x64/OVMF_CODE.secboot.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd', 'secure'),
  place('/usr/share/edk2/x64/OVMF_CODE.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd', 'plain'),
];
