import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../exec.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { neededLibraries } from './elf.ts';
import { type ModuleInfo, moduleName, readModuleInfo, withoutSignature } from './modules.ts';
import { FIXED_TIME_S, type Tree } from './tree.ts';

const LIBRARIES = 'usr/lib/x86_64-linux-gnu';
const LOADER = 'usr/lib64/ld-linux-x86-64.so.2';

/** Debian packages unpacked, one over the other, into one scratch folder. */
export class Unpacked {
  readonly root: string;
  readonly #signal: AbortSignal;
  readonly #ownerOf = new Map<string, string>();
  readonly #used = new Set<string>();

  constructor(root: string, signal: AbortSignal) {
    this.root = root;
    this.#signal = signal;
  }

  /** Unpacks a package, which is known by `name` from then on. */
  async add(deb: string, name: string): Promise<void> {
    const { stdout } = await run('dpkg-deb', ['--vextract', deb, this.root], { signal: this.#signal });
    for (const line of stdout.split('\n')) this.#ownerOf.set(line.replace(/^\.\//, ''), name);
  }

  read(file: string): Promise<Buffer> {
    this.use(this.#ownerOf.get(file));
    return readFile(path.join(this.root, file));
  }

  /** Something of this package is in the guest. */
  use(name: string | undefined): void {
    if (name !== undefined) this.#used.add(name);
  }

  /** Names of the packages that the guest has something of. */
  get used(): ReadonlySet<string> {
    return this.#used;
  }

  /**
   * Puts programs into a tree with every library they need, the libraries' own included, and the loader.
   * There is one folder of programs, `usr/bin`: `usr/sbin` is a link to it.
   */
  async addPrograms(tree: Tree, programs: readonly string[]): Promise<void> {
    for (const program of programs) {
      const data = await this.read(program);
      tree.file(program.replace('usr/sbin/', 'usr/bin/'), data, 0o755);
      await this.#addLibraries(tree, program, data);
    }
  }

  async #addLibraries(tree: Tree, user: string, file: Buffer): Promise<void> {
    for (const library of neededLibraries(file)) {
      const place = library.startsWith('ld-linux') ? LOADER : `${LIBRARIES}/${library}`;
      if (tree.has(place)) continue;
      const data = await this.read(place).catch(cause => {
        throw new GoldsmithError('unexpected', `${user} needs ${library}, which no package of the tiny guest holds.`, {
          hint: 'Add its package to core/media/tiny/packages.ts.',
          cause,
        });
      });
      tree.file(place, data, 0o755);
      await this.#addLibraries(tree, library, data);
    }
  }

  /** Runs one of the unpacked programs here, with its own libraries, in a language and a time that never change. */
  async run(program: string, args: string[], env: Record<string, string> = {}): Promise<void> {
    const libraries = path.join(this.root, LIBRARIES);
    await run(path.join(this.root, LOADER), ['--library-path', libraries, path.join(this.root, program), ...args], {
      signal: this.#signal,
      env: { SOURCE_DATE_EPOCH: String(FIXED_TIME_S), TZ: 'UTC', ...env },
    });
  }

  /** The version of the one kernel that was unpacked. */
  async kernelVersion(): Promise<string> {
    const [version] = await readdir(path.join(this.root, 'usr/lib/modules'));
    if (!version) throw new GoldsmithError('unexpected', 'The kernel package holds no modules.');
    return version;
  }

  /** The wanted kernel modules and all they depend on. What has no file is built into the kernel. */
  async kernelModules(wanted: readonly string[]): Promise<Map<string, KernelModule>> {
    const top = path.join(this.root, 'usr/lib/modules', await this.kernelVersion(), 'kernel');
    const files = (await readdir(top, { recursive: true })).filter(name => name.endsWith('.ko.xz'));
    const fileOf = new Map(files.map(name => [moduleName(name), path.join(top, name)]));
    const found = new Map<string, KernelModule>();
    const queue = [...wanted];
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const file = fileOf.get(name);
      if (!file || found.has(name)) continue;
      await run('xz', ['--decompress', '--force', '--keep', file], { signal: this.#signal });
      const data = withoutSignature(await readFile(file.replace(/\.xz$/, '')));
      const module = { ...readModuleInfo(name, data), data };
      found.set(name, module);
      queue.push(...module.depends);
    }
    return found;
  }
}

/** A kernel module with its code. */
export type KernelModule = ModuleInfo & { data: Buffer };
