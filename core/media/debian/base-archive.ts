import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { type Pack, pack } from 'tar-stream';
import { run } from '../../exec.ts';
import type { PackageStore } from '../package-store.ts';
import { type Archive, openArchive } from './archive.ts';
import { download, downloadVerified } from './archive-files.ts';
import { type BaseSystem, baseSystem } from './base-system.ts';
import { readMembers, writeMembers } from './deb.ts';
import type { ArchivePackage } from './package-index.ts';

/** What an installer's debootstrap was asked to install, by its own words. */
export interface BaseQuery {
  mirror: string;
  suite: string;
  include: string[];
  exclude: string[];
}

export interface BaseOptions {
  /** Where the caching proxy keeps packages too. */
  store: PackageStore;
  /** Where what is known of suites is kept. */
  archiveDir: string;
  signal: AbortSignal;
  /** Told once: how many packages were given, or why it broke off. */
  onEnd(end: { packages: number } | { error: Error }): void;
}

/** Packages that are fetched and unpacked ahead of the one that is being given. */
const AHEAD = 4;

/**
 * The packages of a base system as the tar archive that `debootstrap --unpack-tarball` takes (its `--make-tarball` writes
 * it): the packages, which of them come first, and where they lie. Two things differ from debootstrap's own, and save an
 * emulated guest minutes: the archive's index has these packages only (debootstrap reads all 54 MB of it some thirty
 * times), and what the packages hold is not compressed. The whole index, for apt, is in a folder beside it.
 *
 * Index and packages are checked by the archive's signature and hashes, as the installer would.
 * @throws GoldsmithError as `openArchive` does; the stream is destroyed with what a package's download ended with
 */
export async function baseArchive(query: BaseQuery, options: BaseOptions): Promise<Readable> {
  return tarOf(await openArchive({ ...query, cacheDir: options.archiveDir, signal: options.signal }), query, options);
}

/** What `baseArchive` does once the archive is open. */
export async function tarOf(
  archive: Archive,
  { include, exclude }: Pick<BaseQuery, 'include' | 'exclude'>,
  options: BaseOptions,
): Promise<Readable> {
  const system = baseSystem(archive, include, exclude);
  const scratch = await mkdtemp(path.join(options.archiveDir, 'base-'));
  const tar = pack();
  tar.on('error', () => undefined); // told by `onEnd`, also before somebody reads: an event that nobody hears ends the process
  fill(tar, archive, system, { ...options, scratch })
    .then(
      packages => options.onEnd({ packages }),
      error => {
        tar.destroy(error);
        options.onEnd({ error });
      },
    )
    .finally(() => rm(scratch, { recursive: true, force: true }));
  return tar as unknown as Readable; // streamx's: alike enough to be piped, not typed as Node's
}

const LISTS = 'var/lib/apt/lists';
const PACKAGES = 'var/cache/apt/archives';

/** @returns how many packages it wrote */
async function fill(
  tar: Pack,
  archive: Archive,
  { required, base }: BaseSystem,
  options: BaseOptions & { scratch: string },
): Promise<number> {
  const packages = [...required, ...base].flatMap(name => archive.find(name) ?? []);
  for (const name of [`${LISTS}/partial`, `${LISTS}/whole`, `${PACKAGES}/partial`])
    await addEntry(tar, { name, type: 'directory' });
  const dists = `${archive.mirror}/dists/${archive.suite}`;
  const listed = (name: string): string => `${dists}/${name}`.replace(/^[^:]+:\/\//, '').replaceAll('/', '_');
  const index = listed('main/binary-amd64/Packages');
  await addFile(tar, `${LISTS}/${index}`, packages.map(({ name }) => `${archive.paragraph(name)}\n\n`).join(''));
  await addFile(tar, `${LISTS}/whole/${index}`, await readFile(archive.indexFile));
  await addFile(tar, `${LISTS}/whole/${listed('InRelease')}`, await download(`${dists}/InRelease`, options.signal));
  for await (const [found, content] of inOrder(packages, found => unpacked(archive.mirror, found, options)))
    await addFile(tar, pathOf(found), content);
  await addFile(tar, 'debootstrap/debpaths', packages.map(found => `${found.name} /${pathOf(found)}\n`).join(''));
  await addFile(tar, 'debootstrap/required', `${required.join(' ')}\n`);
  await addFile(tar, 'debootstrap/base', `${base.join(' ')}\n`); // the last: by it the guest knows that it has all
  tar.finalize();
  return packages.length;
}

/** Where debootstrap (`apt_dest`) and apt look for a package. */
const pathOf = ({ name, version, fields }: ArchivePackage): string =>
  `${PACKAGES}/${`${name}_${version}_${fields.get('Architecture')}.deb`.replace(':', '%3a')}`;

const addFile = (tar: Pack, name: string, content: Buffer | string): Promise<void> => addEntry(tar, { name }, content);

const addEntry = (tar: Pack, header: { name: string; type?: 'directory' }, content?: Buffer | string): Promise<void> =>
  new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => (error ? reject(error) : resolve());
    if (content === undefined) tar.entry(header, done);
    else tar.entry(header, content, done);
  });

/** Each with what was made of it, in their order; some are made ahead. */
async function* inOrder<T, R>(all: T[], make: (one: T) => Promise<R>): AsyncGenerator<[T, R]> {
  const queue: [T, Promise<R>][] = [];
  for (const one of all) {
    const made = make(one);
    made.catch(() => undefined); // it is told when its turn comes
    queue.push([one, made]);
    const first = queue.length > AHEAD ? queue.shift() : undefined;
    if (first) yield [first[0], await first[1]];
  }
  for (const [one, made] of queue) yield [one, await made];
}

/** A package whose members are not compressed; those of kinds that `xz` does not know stay as they are. */
async function unpacked(
  mirror: string,
  found: ArchivePackage,
  { store, signal, scratch }: BaseOptions & { scratch: string },
): Promise<Buffer> {
  const url = `${mirror}/${found.filename}`;
  const members = readMembers(await kept(url, found, store, signal), url);
  const packed = members
    .filter(({ name }) => name.endsWith('.xz'))
    .map(member => ({ ...member, file: path.join(scratch, `${found.name}-${member.name}`) }));
  await Promise.all(packed.map(({ file, content }) => writeFile(file, content)));
  if (packed.length > 0) await run('xz', ['--decompress', ...packed.map(({ file }) => file)], { signal });
  const plain = new Map<string, Buffer>();
  for (const { name, file } of packed) {
    const tar = file.slice(0, -'.xz'.length);
    plain.set(name, await readFile(tar));
    await rm(tar);
  }
  return writeMembers(
    members.map(({ name, content }) => {
      const tar = plain.get(name);
      return tar ? { name: name.slice(0, -'.xz'.length), content: tar } : { name, content };
    }),
  );
}

/** A package as the proxy keeps it, fetched if it is not there or is not what the index names. */
async function kept(
  url: string,
  { sha256 }: ArchivePackage,
  store: PackageStore,
  signal: AbortSignal,
): Promise<Buffer> {
  const known = await store.find(url);
  if (known?.about.sha256 === sha256) return readFile(known.file);
  const bytes = await downloadVerified(url, { sha256 }, signal);
  const incoming = await store.receive(url);
  try {
    await incoming.write(bytes);
    await incoming.commit({});
  } catch (error) {
    await incoming.discard();
    throw error;
  }
  return bytes;
}
