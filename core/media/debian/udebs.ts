import type { ArchivePackage } from './archive.ts';
import { type Paragraph, parseRelation } from './control.ts';

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
    const found = new Map<string, ArchivePackage>();
    const queue = [...this.#roots(kernel)];
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
    const fits = (udeb: ArchivePackage) => fitsKernel(udeb, kernel);
    const standard = [...this.#byName.values()].filter(({ fields }) =>
      LOADED_PRIORITIES.has(fields.get('Priority') ?? ''),
    );
    const extra = LOADED_BY_SCRIPTS.flatMap(name => this.#byName.get(name) ?? this.#providers.get(name) ?? []);
    return [...standard, ...extra].filter(fits);
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
