import { GoldsmithError } from '../../model/failure.ts';
import type { Archive } from './archive.ts';
import { type Paragraph, parseRelation } from './control.ts';
import type { ArchivePackage } from './package-index.ts';
import type { ServedCheck } from './served.ts';
import { kernelOf, type Udebs } from './udebs.ts';

/** What has to be done so that an installer finds everything it loads on a mirror that has not everything. */
export interface Repair {
  /** The kernel the installer runs; its own when `modules` is empty. */
  kernel: string;
  /** Packages of that kernel which replace the initrd's. */
  modules: ArchivePackage[];
  /** Udebs that the ISO gets on board. */
  onBoard: ArchivePackage[];
  /** Missing udebs, and the ordinary packages whose programs stand in for them. */
  substitutes: { udeb: ArchivePackage; packages: ArchivePackage[] }[];
  /** Missing udebs that an installation does without. */
  skipped: ArchivePackage[];
}

/** Udebs an ordinary installation does without, and what is lost with each. */
const DISPENSABLE: Record<string, string> = {
  'ntfs-3g-udeb': 'resizing of Windows partitions',
  'fuse3-udeb': 'resizing of Windows partitions',
  'libfuse3-4-udeb': 'resizing of Windows partitions',
  'xfsprogs-udeb': 'XFS',
  'btrfs-progs-udeb': 'btrfs',
  'jfsutils-udeb': 'JFS',
  'open-iscsi-udeb': 'iSCSI',
  'libisns-udeb': 'iSCSI',
  'mdadm-udeb': 'software RAID',
  'os-prober-udeb': 'the search for other systems',
  'grub-mount-udeb': 'the search for other systems',
  'dmidecode-udeb': 'the name of the hardware',
  'eatmydata-udeb': 'installation without flushing',
  'rdate-udeb': 'setting the clock by the network',
};

/** @throws GoldsmithError `source-unreachable` naming what is missing when the mirror has not enough. */
export async function planRepair(
  udebs: Udebs,
  installed: Paragraph[],
  archive: Archive,
  served: ServedCheck,
  tell: (done: number, total: number) => void,
): Promise<Repair> {
  const own = installedKernel(installed);
  const kernel = await chooseKernel(udebs, own, served, tell);
  const modules = kernel === own ? [] : twins(udebs, installed, own, kernel);
  const missing = await served.missing(udebs.loadedWith(kernel), tell);
  const skipped = missing.filter(({ name }) => name in DISPENSABLE);
  const substitutes = missing
    .filter(({ name }) => !(name in DISPENSABLE))
    .map(udeb => ({ udeb, packages: substitute(udeb, udebs, archive) }));
  const lost = substitutes.filter(({ packages }) => packages.length === 0).map(({ udeb }) => udeb.name);
  if (lost.length > 0) throw incomplete(`serves no ${lost.join(', ')}`);
  const onBoard = udebs.onBoardWith(kernel).filter(udeb => !missing.includes(udeb) && !modules.includes(udeb));
  return { kernel, modules, onBoard, substitutes, skipped };
}

export const describeRepair = (repair: Repair): string[] => [
  `Installer's kernel: ${repair.kernel}${repair.modules.length > 0 ? `, ${repair.modules.length} packages replaced` : ''}`,
  `${repair.onBoard.length} of the installer's parts are on board`,
  ...repair.substitutes.map(
    ({ udeb, packages }) =>
      `${udeb.name} is not served: its programs come from ${packages.map(({ name }) => name).join(', ')}`,
  ),
  ...repair.skipped.map(({ name }) => `${name} is not served: without it there is no ${DISPENSABLE[name]}`),
];

/** The initrd's own kernel, told by the name of its package `kernel-image-VERSION-di`. */
export function installedKernel(installed: Paragraph[]): string {
  for (const entry of installed) {
    const [, version] = /^kernel-image-(.+)-di$/.exec(entry.get('Package') ?? '') ?? [];
    if (version) return version;
  }
  throw new GoldsmithError('source-unsafe', "The installer's initrd names no kernel.");
}

/** The installer's own kernel if the mirror has all of its modules, else the newest of which it has. */
async function chooseKernel(
  udebs: Udebs,
  own: string,
  served: ServedCheck,
  tell: (done: number, total: number) => void,
): Promise<string> {
  const kernels = udebs.kernels();
  const candidates = [...kernels.filter(name => name === own), ...kernels.filter(name => name !== own)];
  const reasons: string[] = [];
  for (const kernel of candidates) {
    const needed = udebs.loadedWith(kernel).filter(udeb => kernelOf(udeb) === kernel);
    const missing = await served.missing(needed, tell);
    if (missing.length === 0) return kernel;
    reasons.push(`${kernel}: ${missing.length} of ${needed.length} missing`);
  }
  throw incomplete(`has no kernel with all its modules (${reasons.join('; ') || 'none at all'})`);
}

/** Of each kernel package in the initrd, the one of another kernel. */
function twins(udebs: Udebs, installed: Paragraph[], own: string, kernel: string): ArchivePackage[] {
  const names = installed.map(entry => entry.get('Package') ?? '').filter(name => name.includes(own));
  return names.map(name => {
    const twin = udebs.find(name.replace(own, kernel));
    if (twin) return twin;
    throw incomplete(`has no ${name.replace(own, kernel)}`);
  });
}

/**
 * The ordinary packages with the content of a udeb: the one of the same name and version, and those of its
 * dependencies that the installer does not have. Empty when there is none.
 */
export function substitute(udeb: ArchivePackage, udebs: Udebs, archive: Archive): ArchivePackage[] {
  const first = ordinary(udeb.name.replace(/-udeb$/, ''), archive);
  if (!first || first.version !== udeb.version) return [];
  const found = new Map<string, ArchivePackage>();
  const queue = [first];
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (found.has(next.name)) continue;
    found.set(next.name, next);
    for (const name of dependencies(next)) {
      const isThere = udebs.isInstalled(`${name.replace(/t64$/, '')}-udeb`);
      const dependency = isThere ? undefined : ordinary(name, archive);
      if (dependency) queue.push(dependency);
    }
  }
  return [...found.values()];
}

/** Libraries that were rebuilt for 64-bit time carry a suffix which their udebs have not. */
const ordinary = (name: string, archive: Archive): ArchivePackage | undefined =>
  archive.find(name) ?? archive.find(`${name}t64`);

/** Libraries only: what else a package depends on is for a whole system. */
const dependencies = ({ fields }: ArchivePackage): string[] =>
  [...parseRelation(fields.get('Pre-Depends')), ...parseRelation(fields.get('Depends'))]
    .flatMap(([name]) => name ?? [])
    .filter(name => name.startsWith('lib'));

const incomplete = (what: string): GoldsmithError =>
  new GoldsmithError('source-unreachable', `The mirror ${what}: Debian's installer would stop.`, {
    hint: 'Use another mirror: set GOLDSMITH_DEBIAN_MIRROR.',
  });
