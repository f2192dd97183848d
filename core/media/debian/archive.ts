import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../exec.ts';
import { GoldsmithError } from '../../model/failure.ts';

/** One binary package, or udeb, as the archive's signed index describes it. */
export interface ArchivePackage {
  name: string;
  version: string;
  /** Path below the mirror. */
  filename: string;
  sha256: string;
  sizeBytes: number;
  /** All fields of the paragraph, as written, e.g. `Depends`. */
  fields: ReadonlyMap<string, string>;
}

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

export const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
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

/**
 * A Packages file, whose paragraphs are read when they are asked for: main has 54 MB of them, and a few are wanted.
 * Of several versions of a package the first one counts.
 */
export class PackageIndex {
  readonly #text: string;
  readonly #starts = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
    for (const match of text.matchAll(/^Package: (.+)$/gm)) {
      const name = match[1] ?? '';
      if (!this.#starts.has(name)) this.#starts.set(name, match.index);
    }
  }

  paragraph(name: string): string | undefined {
    const start = this.#starts.get(name);
    if (start === undefined) return undefined;
    const end = this.#text.indexOf('\n\n', start);
    return this.#text.slice(start, end < 0 ? undefined : end);
  }

  /** The names of the packages whose paragraph has this line. */
  named(line: string): string[] {
    const names: string[] = [];
    for (let at = this.#text.indexOf(`\n${line}\n`); at >= 0; at = this.#text.indexOf(`\n${line}\n`, at + 1)) {
      const name = /^Package: (.+)$/m.exec(this.#text.slice(this.#text.lastIndexOf('Package: ', at), at))?.[1];
      if (name) names.push(name);
    }
    return names;
  }

  find(name: string): ArchivePackage | undefined {
    const paragraph = this.paragraph(name);
    if (paragraph === undefined) return undefined;
    const fields = parseFields(paragraph);
    const [version, filename, sha256] = [fields.get('Version'), fields.get('Filename'), fields.get('SHA256')];
    if (!version || !filename || !sha256) return undefined;
    return { name, version, filename, sha256, sizeBytes: Number(fields.get('Size')), fields };
  }

  *all(): Generator<ArchivePackage> {
    for (const name of this.#starts.keys()) {
      const found = this.find(name);
      if (found) yield found;
    }
  }
}

function parseFields(paragraph: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of paragraph.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon > 0 && !line.startsWith(' ')) fields.set(line.slice(0, colon), line.slice(colon + 2));
  }
  return fields;
}

/** Finds hash and size of a file in the SHA256 list of a Release file. */
export function releaseEntry(release: string, name: string, suite: string): { sha256: string; sizeBytes: number } {
  const list = release.slice(release.indexOf('\nSHA256:'));
  const line = list.split('\n').find(entry => entry.startsWith(' ') && entry.endsWith(` ${name}`));
  const [, sha256, size] = /^ ([0-9a-f]{64}) +(\d+) /.exec(line ?? '') ?? [];
  if (sha256 && size) return { sha256, sizeBytes: Number(size) };
  throw new GoldsmithError('source-unreachable', `The archive's ${suite} does not list ${name}.`);
}

/**
 * The text of a Release file whose signature is good and which is of this suite. While the mirror cannot be reached,
 * the last good one serves: what is cached can then still be used.
 */
async function signedRelease(url: string, suite: string, cacheDir: string, signal: AbortSignal): Promise<string> {
  const kept = path.join(cacheDir, `${url.replace(/[^A-Za-z0-9.-]+/g, '_')}.Release`);
  const fresh = `${kept}.${process.pid}`;
  try {
    const [release, signature] = await Promise.all([
      download(`${url}/Release`, signal),
      download(`${url}/Release.gpg`, signal),
    ]);
    await writeFile(fresh, release);
    await writeFile(`${fresh}.gpg`, signature);
    const text = await readSigned(fresh, suite, signal);
    await rename(fresh, kept);
    await rename(`${fresh}.gpg`, `${kept}.gpg`);
    return text;
  } catch (error) {
    const isUnreachable = error instanceof GoldsmithError && error.code === 'source-unreachable';
    if (isUnreachable && (await isThere(kept))) return await readSigned(kept, suite, signal);
    throw error;
  } finally {
    await rm(fresh, { force: true });
    await rm(`${fresh}.gpg`, { force: true });
  }
}

async function readSigned(file: string, suite: string, signal: AbortSignal): Promise<string> {
  await checkSignature(file, `${file}.gpg`, signal);
  const text = await readFile(file, 'utf8');
  const fields = parseFields(text.slice(0, text.indexOf('\nMD5Sum:')));
  if (fields.get('Codename') === suite || fields.get('Suite') === suite) return text;
  throw new GoldsmithError(
    'signature-invalid',
    `The mirror's Release file is of ${fields.get('Codename')}, not ${suite}.`,
    {
      hint: 'Use another mirror.',
    },
  );
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/**
 * Checks a detached signature by Debian's archive keys.
 * gpgv ends with 2 when only one of several signatures has an unknown key, so its status lines decide.
 */
export async function checkSignature(file: string, signature: string, signal: AbortSignal): Promise<void> {
  await access(DEBIAN_KEYRING).catch(cause => {
    throw new GoldsmithError('host-lacks', `Debian's archive keys are not on this host: ${DEBIAN_KEYRING}.`, {
      hint: 'Install the package debian-archive-keyring.',
      cause,
    });
  });
  const args = ['--status-fd', '1', '--keyring', DEBIAN_KEYRING, signature, file];
  const { stdout, stderr } = await run('gpgv', args, { signal, okExitCodes: [0, 1, 2] });
  if (/^\[GNUPG:\] GOODSIG /m.test(stdout) && !/^\[GNUPG:\] BADSIG /m.test(stdout)) return;
  throw new GoldsmithError('signature-invalid', "The archive's Release file carries no good signature of Debian.", {
    hint: 'The mirror, or something between it and here, changes files. Use another mirror.',
    details: { lastLines: stderr.split('\n').slice(-10) },
  });
}

/** A file of known content: from the cache when it is there and whole, else from the mirror. */
async function fetchVerified(
  url: string,
  expected: { sha256: string },
  cacheDir: string,
  signal: AbortSignal,
): Promise<string> {
  const file = path.join(cacheDir, `${expected.sha256}-${path.posix.basename(url)}`);
  if (await hasSha256(file, expected.sha256)) return file;
  const incoming = `${file}.${process.pid}`;
  await writeFile(incoming, await downloadVerified(url, expected, signal));
  await rename(incoming, file);
  return file;
}

/** The bytes of a file that a signed index names. @throws GoldsmithError `source-unreachable`, `checksum-mismatch` */
export async function downloadVerified(
  url: string,
  expected: { sha256: string },
  signal: AbortSignal,
): Promise<Buffer> {
  const bytes = await download(url, signal);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === expected.sha256) return bytes;
  throw new GoldsmithError('checksum-mismatch', `${url} is not the file the signed index names.`, {
    hint: 'The mirror may be in the middle of an update: try again in some minutes.',
    details: { expected: expected.sha256, actual: sha256 },
  });
}

async function hasSha256(file: string, sha256: string): Promise<boolean> {
  try {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file)) hash.update(chunk);
    return hash.digest('hex') === sha256;
  } catch {
    return false;
  }
}

export async function download(url: string, signal: AbortSignal): Promise<Buffer> {
  const unreachable = (reason: string, cause?: unknown) =>
    new GoldsmithError('source-unreachable', `${url} could not be downloaded: ${reason}.`, { cause });
  const response = await fetch(url, { signal }).catch(cause => {
    signal.throwIfAborted();
    throw unreachable(cause.cause?.message ?? cause.message, cause);
  });
  if (!response.ok) throw unreachable(`the server answered ${response.status} ${response.statusText}`);
  return Buffer.from(await response.arrayBuffer());
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
