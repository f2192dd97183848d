import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../exec.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { fetchVerified, hasSha256 } from './archive-files.ts';
import { type ArchivePackage, PackageIndex } from './package-index.ts';
import { releaseEntry, signedRelease } from './release-file.ts';

/** A signed suite of the Debian archive. */
export interface Archive {
  /** Base URL, with no slash at its end. */
  readonly mirror: string;
  readonly suite: string;
  find(name: string): ArchivePackage | undefined;
  /** Every package of the index, in its order. */
  all(): Iterable<ArchivePackage>;
  /** The names of those with a line like `Priority: required`, in the index's order. */
  named(line: string): string[];
  /** A package's paragraph of the index, as the archive writes it. */
  paragraph(name: string): string;
  /** The whole index, on disk. */
  readonly indexFile: string;
  /**
   * Fetches a package and checks it against the signed index; kept by content, so the second call is free.
   * @returns the path of the .deb or .udeb.
   * @throws GoldsmithError `source-unreachable` (also when the index has no such package), `checksum-mismatch`.
   */
  package(name: string): Promise<string>;
}

export interface ArchiveOptions {
  /** Default: the mirror that apt on this host uses for Debian. */
  mirror?: string | undefined;
  suite: string;
  /** `main` (the default), or `main/debian-installer` for udebs. */
  component?: string;
  cacheDir: string;
  signal: AbortSignal;
}

const ARCH = 'amd64';

/**
 * Opens a suite: Release and its signature, then the package index whose hash Release names.
 * @throws GoldsmithError `source-unreachable`, `signature-invalid`, `checksum-mismatch`, `host-lacks`.
 */
export async function openArchive(options: ArchiveOptions): Promise<Archive> {
  const mirror = (options.mirror ?? (await hostMirror(options.signal))).replace(/\/+$/, '');
  const { suite, cacheDir, signal } = options;
  await mkdir(cacheDir, { recursive: true });
  const release = await signedRelease(`${mirror}/dists/${suite}`, suite, cacheDir, signal);
  const index = `${options.component ?? 'main'}/binary-${ARCH}/Packages`;
  const indexFile = await fetchIndex(release, `${mirror}/dists/${suite}`, index, options);
  const packages = new PackageIndex(await readFile(indexFile, 'utf8'));
  const find = (name: string) => packages.find(name);
  return {
    mirror,
    suite,
    find,
    all: () => packages.all(),
    named: line => packages.named(line),
    paragraph: name => packages.paragraph(name) ?? '',
    indexFile,
    async package(name) {
      const found = find(name);
      if (!found) throw new GoldsmithError('source-unreachable', `Debian's ${suite} has no package ${name}.`);
      return fetchVerified(`${mirror}/${found.filename}`, found, cacheDir, signal);
    },
  };
}

/** The first Debian mirror of this host's apt. @throws GoldsmithError `host-lacks` when apt knows none. */
export async function hostMirror(signal?: AbortSignal): Promise<string> {
  const hint = 'Name one: set GOLDSMITH_DEBIAN_MIRROR to the URL of a Debian mirror.';
  const fromEnvironment = process.env.GOLDSMITH_DEBIAN_MIRROR;
  if (fromEnvironment) return fromEnvironment;
  const format = '$(ORIGIN)|$(COMPONENT)|$(REPO_URI)';
  const { stdout } = await run('apt-get', ['indextargets', '--format', format], signal ? { signal } : {}).catch(
    cause => {
      throw new GoldsmithError('host-lacks', 'No Debian mirror is known: apt cannot be asked.', { hint, cause });
    },
  );
  for (const line of stdout.split('\n')) {
    const [origin, component, uri] = line.split('|');
    if (origin === 'Debian' && component === 'main' && uri?.startsWith('http')) return uri.replace(/\/+$/, '');
  }
  throw new GoldsmithError('host-lacks', "No Debian mirror is known: this host's apt uses none.", { hint });
}

/** The file of an index: kept unpacked, since Release names its hash in that form too and xz takes a second for it. */
async function fetchIndex(
  release: string,
  base: string,
  name: string,
  { suite, cacheDir, signal }: ArchiveOptions,
): Promise<string> {
  const { sha256 } = releaseEntry(release, name, suite);
  const file = path.join(cacheDir, `${sha256}-Packages`);
  if (await hasSha256(file, sha256)) return file;
  const packed = await fetchVerified(
    `${base}/${name}.xz`,
    releaseEntry(release, `${name}.xz`, suite),
    cacheDir,
    signal,
  );
  const { stdout } = await run('xz', ['--decompress', '--stdout', packed], { signal });
  const text = `${stdout}\n`; // `run` takes the last line end off
  await writeFile(`${file}.${process.pid}`, text);
  await rename(`${file}.${process.pid}`, file);
  return file;
}
