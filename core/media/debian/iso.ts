import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { BuildEvent } from '../../model/event.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { progressOf } from '../../progress.ts';
import { makeBootableIso, writeContent } from '../iso.ts';
import { type Made, type MadeIso, publish, recall, remember } from '../made.ts';
import { type Archive, openArchive } from './archive.ts';
import { unpackControl, unpackDeb } from './deb.ts';
import { Initrd } from './initrd.ts';
import { DEBIAN_INITRD, DEBIAN_KERNEL, grubMenu } from './menu.ts';
import type { ArchivePackage } from './package-index.ts';
import { describeRepair, installedKernel, planRepair, type Repair } from './repair.ts';
import { ServedCheck } from './served.ts';
import { type UnpackedTools, unpackTools } from './tools.ts';
import { kernelOf, Udebs } from './udebs.ts';

export interface DebianIsoOptions {
  release: DebianRelease;
  /** Where the ISO goes; its folder is made. */
  out: string;
  /** Packages and finished ISOs, by content. May be deleted at any time. */
  cacheDir: string;
  /** Base URL. Default: the mirror that apt on this host uses. */
  mirror?: string;
  /** Ask the mirror again even when an ISO of today is there. */
  force?: boolean;
  signal: AbortSignal;
  emit: (event: BuildEvent) => void;
}

export type DebianRelease = keyof typeof RELEASES;

/** `images`: where the installer's package keeps kernel and initrd. */
const RELEASES = {
  'debian-13': {
    suite: 'trixie',
    installer: 'debian-installer-13-netboot-amd64',
    images: './usr/lib/debian-installer/images/13/amd64/text/debian-installer/amd64',
    label: 'Debian 13 netboot',
  },
} as const;

/** Raised when the way the ISO is made changes without a change of its inputs. */
const MAKER = '8';

const ENGLISH_ONLY = "The installer's questions are in English only";

/** What every new file in the ISO has as its time: 2025-08-09, the day of Debian 13. */
const TIME_S = 1_754_697_600;

const unzip = promisify(gunzip);
const zip = promisify(gzip);

/**
 * Makes a BIOS and UEFI netboot ISO from Debian's own installer package, repaired for what the mirror does not serve
 * (decisions/0010). All that goes in is checked: Debian's signature, then hashes. Equal inputs give equal bytes.
 * @throws GoldsmithError `source-unreachable`, `signature-invalid`, `checksum-mismatch`, `host-lacks`, `program-failed`
 */
export async function makeDebianIso(options: DebianIsoOptions): Promise<MadeIso> {
  const { release, cacheDir, mirror, signal } = options;
  await mkdir(cacheDir, { recursive: true });
  const iso: Made = { name: release, maker: MAKER, cacheDir, mirror };
  const known = options.force ? undefined : await recall(iso);
  const made = known ?? (await make(options, iso));
  signal.throwIfAborted();
  await publish(made.path, options.out);
  return { ...made, path: options.out, isReused: known !== undefined };
}

async function make(options: DebianIsoOptions, made: Made): Promise<MadeIso> {
  const { release, cacheDir, signal, emit, mirror } = options;
  const { suite, installer } = RELEASES[release];
  const packages = path.join(cacheDir, 'archive');
  const archive = await openArchive({ mirror, suite, cacheDir: packages, signal });
  const udebIndex = await openArchive({
    mirror,
    suite,
    component: 'main/debian-installer',
    cacheDir: packages,
    signal,
  });
  const scratch = await mkdtemp(path.join(cacheDir, 'debian-work-'));
  try {
    emit({ type: 'note', message: `Making an installer ISO from ${installer} ${archive.find(installer)?.version}.` });
    const tools = await unpackTools(archive, path.join(scratch, 'tools'), TIME_S, signal);
    const work: Work = { ...options, archive, udebIndex, tools, scratch, content: path.join(scratch, 'iso') };
    const notes = await installerFiles(work);
    const iso = await bootable(work, notes);
    return await remember(made, iso, notes);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Work extends DebianIsoOptions {
  archive: Archive;
  udebIndex: Archive;
  tools: UnpackedTools;
  scratch: string;
  /** What becomes the ISO's content. */
  content: string;
}

/** Puts the repaired kernel and initrd into `content`. @returns what was repaired, as sentences. */
async function installerFiles(work: Work): Promise<string[]> {
  const { archive, scratch, signal, emit } = work;
  const { installer, images } = RELEASES[work.release];
  const netboot = path.join(scratch, 'netboot');
  await unpackDeb(await archive.package(installer), netboot, signal, [`${images}/linux`, `${images}/initrd.gz`]);
  const initrd = new Initrd(await unzip(await readFile(path.join(netboot, images, 'initrd.gz'))), TIME_S);
  const installed = initrd.installed();
  const udebs = new Udebs(work.udebIndex.all(), installed);
  const tell = progressOf({ emit }, "Asking the mirror for the installer's parts", 'items');
  const repair = await planRepair(udebs, installed, archive, new ServedCheck(archive.mirror, signal), tell);
  const kernel = await replaceModules(work, initrd, repair, installedKernel(installed));
  await addOnBoard(work, initrd, repair);
  await addSubstitutes(work, initrd, repair);
  initrd.dropTranslations();
  emit({ type: 'note', message: `${ENGLISH_ONLY}.` });
  initrd.indexOnlyWhatIsNew();
  initrd.updateStatus(repair, installedKernel(installed));
  await writeContent(work.content, {
    [DEBIAN_KERNEL]: await readFile(kernel ?? path.join(netboot, images, 'linux')),
    [DEBIAN_INITRD]: await zip(initrd.toBuffer(), { level: 6 }),
  });
  return [`${installer} ${archive.find(installer)?.version}`, ...describeRepair(repair), ENGLISH_ONLY];
}

/** @returns the kernel image to use instead of the installer's own; undefined: its own */
async function replaceModules(work: Work, initrd: Initrd, repair: Repair, own: string): Promise<string | undefined> {
  const root = path.join(work.scratch, 'modules');
  const unpack = async (udeb: ArchivePackage) => unpackDeb(await work.udebIndex.package(udeb.name), root, work.signal);
  if (repair.modules.length === 0) await initrd.copyModules(own, root);
  for (const udeb of [...repair.modules, ...repair.onBoard.filter(kernelOf)]) await unpack(udeb);
  await work.tools.depmod(root, repair.kernel);
  initrd.remove(`usr/lib/modules/${own}`);
  await initrd.addFolder(root, name => name.startsWith('lib/modules/'));
  if (repair.modules.length === 0) return undefined;
  const image = (await readdir(path.join(root, 'boot'))).find(name => name.startsWith('vmlinuz-'));
  if (image) return path.join(root, 'boot', image);
  throw new GoldsmithError('source-unsafe', `The package of kernel ${repair.kernel} holds no kernel.`);
}

async function addOnBoard({ scratch, signal, udebIndex }: Work, initrd: Initrd, repair: Repair): Promise<void> {
  for (const udeb of repair.onBoard.filter(item => !kernelOf(item))) {
    const file = await udebIndex.package(udeb.name);
    const content = path.join(scratch, 'on-board', udeb.name);
    const control = path.join(scratch, 'on-board-control', udeb.name);
    await unpackDeb(file, content, signal);
    await unpackControl(file, control, signal);
    await initrd.addUdeb(udeb, content, control);
  }
}

async function addSubstitutes({ scratch, signal, archive }: Work, initrd: Initrd, repair: Repair): Promise<void> {
  const packages = new Set(repair.substitutes.flatMap(item => item.packages.map(({ name }) => name)));
  for (const name of packages) {
    const root = path.join(scratch, 'substitutes', name);
    await unpackDeb(await archive.package(name), root, signal);
    await initrd.addPrograms(root);
  }
}

/** @returns the finished ISO in `scratch` */
async function bootable({ release, content, scratch, tools }: Work, notes: string[]): Promise<string> {
  const { label } = RELEASES[release];
  const mark = `/.disk/goldsmith-${release}`;
  const about = [`${label}, made by Goldsmith from packages of Debian`, ...notes, ...tools.versions].join('\n');
  await writeContent(content, { 'boot/grub/grub.cfg': grubMenu(), '.disk/info': label, [mark]: `${about}\n` });
  const out = path.join(scratch, 'out.iso');
  const grub = { folder: tools.grubFolder };
  await makeBootableIso({ content, label, out, timeS: TIME_S, mark, grub, scratch, tool: tools.tool });
  return out;
}
