import path from 'node:path';

/** Kernel modules: what they depend on, and the index files that modprobe reads. */

/** What a module says of itself: `name=value` strings, ended by zero bytes, in its `.modinfo` section. */
export interface ModuleInfo {
  /** With underscores, as the kernel names it. */
  name: string;
  depends: string[];
  aliases: string[];
}

const kernelName = (text: string): string => text.replaceAll('-', '_');

/** The kernel's name of a module in a file, e.g. `virtio_rng` of `drivers/virtio-rng.ko.xz`. */
export const moduleName = (file: string): string => kernelName(path.posix.basename(file).replace(/\.ko(\.xz)?$/, ''));

export function readModuleInfo(name: string, module: Buffer): ModuleInfo {
  const values = (key: string) =>
    [...module.toString('latin1').matchAll(new RegExp(`(?<=\\0)${key}=([^\\0]*)\\0`, 'g'))].map(
      match => match[1] ?? '',
    );
  return {
    name,
    depends: values('depends').flatMap(list => list.split(',').filter(Boolean).map(kernelName)),
    aliases: values('alias'),
  };
}

/** Ends a signed module; before it stand the signature and twelve bytes about it (Linux: include/linux/module_signature.h). */
const SIGNED = '~Module signature appended~\n';
const ABOUT_BYTES = 12;

/** The module as its linker made it. A kernel that loads one with a signature hashes all of it first. */
export function withoutSignature(module: Buffer): Buffer {
  const end = module.length - SIGNED.length;
  if (end < ABOUT_BYTES || module.toString('latin1', end) !== SIGNED) return module;
  return module.subarray(0, end - ABOUT_BYTES - module.readUInt32BE(end - 4));
}

/** The wanted modules and all they depend on, dependencies first. What `modules` lacks is built into the kernel. */
export function withDependencies(wanted: readonly string[], modules: ReadonlyMap<string, ModuleInfo>): ModuleInfo[] {
  const found = new Map<string, ModuleInfo>();
  const add = (name: string): void => {
    const module = modules.get(name);
    if (!module || found.has(name)) return;
    for (const dependency of module.depends) add(dependency);
    found.set(name, module);
  };
  for (const name of wanted) add(name);
  return [...found.values()];
}

/** `modules.dep`: each module's file, then the files to load before it, the nearest first. */
export function dependencyIndex(modules: readonly ModuleInfo[]): string {
  const byName = new Map(modules.map(module => [module.name, module]));
  const file = (module: ModuleInfo) => `${module.name}.ko`;
  const line = (module: ModuleInfo) => {
    const before = withDependencies(module.depends, byName).reverse().map(file);
    return `${file(module)}: ${before.join(' ')}`.trimEnd();
  };
  return modules.map(module => `${line(module)}\n`).join('');
}

/** `modules.alias`: which module a device's alias asks for. */
export const aliasIndex = (modules: readonly ModuleInfo[]): string =>
  modules.flatMap(module => module.aliases.map(alias => `alias ${alias} ${module.name}\n`)).join('');
