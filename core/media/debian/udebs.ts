import { type Paragraph, parseRelation } from './control.ts';
import type { ArchivePackage } from './package-index.ts';

/** Priorities that the installer loads by itself (anna's `standard_modules`). */
const LOADED_PRIORITIES = new Set(['required', 'important', 'standard']);

/** What the installer's scripts load besides, by calling `anna-install`. */
const LOADED_BY_SCRIPTS = [
  'partman-auto-lvm',
  'partman-auto-crypto',
  'fdisk-udeb',
  'mmc-modules',
  'os-prober-udeb',
  'eatmydata-udeb',
];

/**
 * What every ordinary installation loads: in the ISO it needs not be fetched and unpacked each time. All else still
 * comes from the mirror when it is wanted.
 */
const ON_BOARD = [
  ...['apt-mirror-setup', 'apt-setup-udeb', 'base-installer', 'bootstrap-base', 'clock-setup', 'di-utils-mapdevfs'],
  ...['finish-install', 'grub-installer', 'pkgsel', 'user-setup-udeb'],
  ...['partman-auto', 'partman-base', 'partman-basicfilesystems', 'partman-efi', 'partman-ext3', 'partman-target'],
];

/** The udebs of a suite, and those in an installer's initrd. */
export class Udebs {
  readonly #byName = new Map<string, ArchivePackage>();
  readonly #providers = new Map<string, ArchivePackage[]>();
  readonly #installed: Set<string>;

  constructor(index: Iterable<ArchivePackage>, installed: Paragraph[]) {
    for (const udeb of index) {
      this.#byName.set(udeb.name, udeb);
      for (const [name] of parseRelation(udeb.fields.get('Provides'))) {
        if (name) this.#providers.set(name, [...(this.#providers.get(name) ?? []), udeb]);
      }
    }
    const provided = installed.flatMap(entry => parseRelation(entry.get('Provides')).flat());
    this.#installed = new Set([...installed.map(entry => entry.get('Package') ?? ''), ...provided]);
  }

  find(name: string): ArchivePackage | undefined {
    return this.#byName.get(name);
  }

  isInstalled(name: string): boolean {
    return this.#installed.has(name);
  }

  /** Kernels the index has an image of, newest first. */
  kernels(): string[] {
    const images = [...this.#byName.values()].filter(({ name }) => name.startsWith('kernel-image-'));
    const versions = images.flatMap(({ fields }) => fields.get('Kernel-Version') ?? []);
    return [...new Set(versions)].sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  }

  /** Everything the installer may load with this kernel, dependencies included, besides what it already has. */
  loadedWith(kernel: string): ArchivePackage[] {
    return this.#closure(this.#roots(kernel), kernel);
  }

  /** What the ISO should have on board, dependencies included. */
  onBoardWith(kernel: string): ArchivePackage[] {
    // Of kernel modules all that are standard: those the installer loads whatever it was told.
    const modules = this.#roots(kernel).filter(kernelOf);
    return this.#closure([...this.#named(ON_BOARD, kernel), ...modules], kernel);
  }

  #closure(roots: ArchivePackage[], kernel: string): ArchivePackage[] {
    const found = new Map<string, ArchivePackage>();
    const queue = [...roots];
    for (let udeb = queue.shift(); udeb; udeb = queue.shift()) {
      if (found.has(udeb.name) || this.#installed.has(udeb.name)) continue;
      found.set(udeb.name, udeb);
      for (const alternatives of parseRelation(udeb.fields.get('Depends'))) {
        const next = this.#satisfy(alternatives, kernel);
        if (next) queue.push(next);
      }
    }
    return [...found.values()];
  }

  #roots(kernel: string): ArchivePackage[] {
    const isLoaded = ({ fields }: ArchivePackage) => LOADED_PRIORITIES.has(fields.get('Priority') ?? '');
    const standard = [...this.#byName.values()].filter(udeb => isLoaded(udeb) && fitsKernel(udeb, kernel));
    return [...standard, ...this.#named(LOADED_BY_SCRIPTS, kernel)];
  }

  #named(names: string[], kernel: string): ArchivePackage[] {
    const found = names.flatMap(name => this.#byName.get(name) ?? this.#providers.get(name) ?? []);
    return found.filter(udeb => fitsKernel(udeb, kernel));
  }

  /** The udeb to load for a dependency; undefined when the installer has it, or when nothing has it. */
  #satisfy(alternatives: string[], kernel: string): ArchivePackage | undefined {
    if (alternatives.some(name => this.#installed.has(name))) return undefined;
    const candidates = alternatives.flatMap(name => this.#byName.get(name) ?? this.#providers.get(name) ?? []);
    return candidates.find(udeb => fitsKernel(udeb, kernel));
  }
}

/** Of a kernel's own packages: its version; undefined for all others. */
export const kernelOf = (udeb: ArchivePackage): string | undefined => udeb.fields.get('Kernel-Version');

function fitsKernel(udeb: ArchivePackage, kernel: string): boolean {
  const own = kernelOf(udeb);
  return own === undefined || own === kernel;
}
