import { lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';
import { type Paragraph, parseParagraphs, writeParagraphs } from './control.ts';
import { type CpioMember, DIR, FILE, isLink, LINK, readCpio, writeCpio } from './cpio.ts';
import type { ArchivePackage } from './package-index.ts';
import type { Repair } from './repair.ts';

const STATUS = 'var/lib/dpkg/status';
/** What of an ordinary package belongs into the installer: programs, libraries, their settings; no documents. */
const USEFUL = /^(usr\/(s?bin|lib|lib64)\/|s?bin\/|lib(64)?\/|etc\/[^/]+\.conf$)/;
const USELESS = /^usr\/lib\/(systemd|tmpfiles\.d|udev)\//;

/** What udpkg keeps of a package's control files, and their modes. */
const CONTROL_PARTS = new Map([
  ['config', FILE | 0o755],
  ['isinstallable', FILE | 0o755],
  ['menutest', FILE | 0o755],
  ['postinst', FILE | 0o755],
  ['templates', FILE | 0o644],
]);
/** What udpkg keeps of a package's fields, in its order. */
const STATUS_FIELDS = ['Provides', 'Depends', 'Description', 'Subarchitecture', 'Installer-Menu-Item'];

const DEPMOD = 'usr/sbin/depmod';
/**
 * The index has one line for each module. Times say nothing, as `depmod -A` would have it: a package's modules come with
 * the times that they were made at.
 */
const DEPMOD_IF_NEW = `#!/bin/sh
for modules in /lib/modules/*; do
	there=$(find "$modules" -name '*.ko*' | wc -l)
	[ "$there" = "$(wc -l 2> /dev/null < "$modules/modules.dep")" ] || exec /usr/lib/goldsmith/depmod "$@"
done
`;

const TEMPLATES = /^var\/lib\/dpkg\/info\/[^/]+\.templates$/;
/** A translated field of a debconf template, with its further lines: `Description-pt_BR.UTF-8: …`. */
const TRANSLATED = /^[A-Za-z_]+-[a-z]{2,3}(_[A-Z]{2})?(@[a-z]+)?\.UTF-8:.*\n(?:[ \t].*\n)*/gm;

/** @param templates a file of debconf templates; lists to choose from keep their names (`Choices-C`) */
export const withoutTranslations = (templates: string): string => templates.replace(TRANSLATED, '');

/** The installer's initrd, in memory: its device nodes and owners survive without root. */
export class Initrd {
  readonly #members: Map<string, CpioMember>;
  readonly #timeS: number;

  /** @param timeS what new files get as their time */
  constructor(archive: Buffer, timeS: number) {
    this.#members = readCpio(archive);
    this.#timeS = timeS;
  }

  read(file: string): Buffer {
    const member = this.#members.get(file);
    if (member) return member.data;
    throw new GoldsmithError('source-unsafe', `The installer's initrd has no ${file}.`);
  }

  installed(): Paragraph[] {
    return parseParagraphs(this.read(STATUS).toString());
  }

  toBuffer(): Buffer {
    return writeCpio(this.#members);
  }

  remove(folder: string): void {
    for (const name of this.#members.keys()) {
      if (name === folder || name.startsWith(`${folder}/`)) this.#members.delete(name);
    }
  }

  /** Adds a tree of the host's; only paths that `isWanted`. Of modes only "executable" is kept: umask changed the rest. */
  async addFolder(folder: string, isWanted: (name: string) => boolean = () => true): Promise<void> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const file = path.join(entry.parentPath, entry.name);
      const name = this.#place(path.relative(folder, file));
      if (entry.isDirectory() || !isWanted(path.relative(folder, file))) continue;
      if (entry.isSymbolicLink()) this.#put(name, LINK | 0o777, Buffer.from(await readlink(file)));
      else this.#put(name, FILE | ((await lstat(file)).mode & 0o100 ? 0o755 : 0o644), await readFile(file));
    }
  }

  /** As `addFolder`, for the content of an ordinary package. */
  addPrograms(folder: string): Promise<void> {
    return this.addFolder(folder, name => USEFUL.test(name) && !USELESS.test(name));
  }

  /** Adds a udeb as udpkg would have unpacked it. @param content its files  @param control what it says of itself */
  async addUdeb({ name }: ArchivePackage, content: string, control: string): Promise<void> {
    await this.addFolder(content);
    for (const part of await readdir(control)) {
      const mode = CONTROL_PARTS.get(part);
      if (mode) this.#put(`var/lib/dpkg/info/${name}.${part}`, mode, await readFile(path.join(control, part)));
    }
  }

  /** Writes the modules of a kernel below a folder of the host's. */
  async copyModules(kernel: string, folder: string): Promise<void> {
    for (const { path: name, mode, data } of this.#members.values()) {
      if (!name.startsWith(`usr/lib/modules/${kernel}/`) || (mode & FILE) !== FILE) continue;
      const file = path.join(folder, name.slice('usr/'.length));
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, data);
    }
  }

  /**
   * Leaves the installer's questions in English only, as its own low-memory mode does (`trimtemplates`). Each program that
   * asks debconf reads all of them: 9 MB with translations, 0.2 MB without.
   */
  dropTranslations(): void {
    for (const member of this.#members.values()) {
      if (!TEMPLATES.test(member.path)) continue;
      this.#members.set(member.path, { ...member, data: Buffer.from(withoutTranslations(member.data.toString())) });
    }
  }

  /**
   * Modules are indexed again only when one was added since: the installer indexes all of them, which stand indexed here,
   * before it looks for its network, and for each part that it takes.
   */
  indexOnlyWhatIsNew(): void {
    const depmod = this.#members.get(DEPMOD);
    if (!depmod || !isLink(depmod)) return;
    this.#put('usr/lib/goldsmith/depmod', depmod.mode, Buffer.from(`../../sbin/${depmod.data}`));
    this.#put(DEPMOD, FILE | 0o755, Buffer.from(DEPMOD_IF_NEW));
  }

  /** Tells the installer's dpkg what it now has. */
  updateStatus(repair: Repair, ownKernel: string): void {
    const versions = new Map(repair.modules.map(({ name, version }) => [name, version]));
    const moved = this.installed().map(entry => moveKernel(entry, ownKernel, repair.kernel, versions));
    const added = [...repair.onBoard, ...repair.substitutes.map(({ udeb }) => udeb), ...repair.skipped].map(asUnpacked);
    this.#put(STATUS, FILE | 0o644, Buffer.from(writeParagraphs([...moved, ...added])));
  }

  /** `/lib` and its like are links in the initrd: a folder of that name would replace them. */
  #place(name: string): string {
    const [top = '', ...rest] = name.split('/');
    const member = this.#members.get(top);
    return member && isLink(member) ? [member.data.toString(), ...rest].join('/') : name;
  }

  #put(name: string, mode: number, data: Buffer): void {
    const folder = path.posix.dirname(name);
    if (folder !== '.' && !this.#members.has(folder)) this.#put(folder, DIR | 0o755, Buffer.alloc(0));
    this.#members.set(name, { path: name, mode, mtimeS: this.#timeS, data });
  }
}

function moveKernel(entry: Paragraph, own: string, kernel: string, versions: Map<string, string>): Paragraph {
  const name = entry.get('Package') ?? '';
  if (own === kernel || !name.includes(own)) return entry;
  const moved = new Map([...entry].map(([field, value]) => [field, value.replaceAll(own, kernel)]));
  const version = versions.get(name.replace(own, kernel));
  return version === undefined ? moved : moved.set('Version', version);
}

/** `unpacked`, not `installed`: the installer configures what it comes to (its own packages stand so in its initrd). */
function asUnpacked({ name, version, fields }: ArchivePackage): Paragraph {
  const paragraph: Paragraph = new Map([
    ['Package', name],
    ['Status', 'install ok unpacked'],
    ['Version', version],
  ]);
  for (const field of STATUS_FIELDS) {
    const value = fields.get(field);
    if (value !== undefined) paragraph.set(field, value);
  }
  return paragraph;
}
