import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildEvent } from '../model/event.ts';
import { GoldsmithError } from '../model/failure.ts';
import { progressOf } from '../progress.ts';
import { errorCode, sync } from '../store/durable.ts';
import { withLock } from '../store/lock.ts';
import { type Checksum, type Digest, hashFile, parseChecksum, WEAK_ALGORITHMS } from './checksum.ts';
import { download, fetchSmall, isRemote } from './download.ts';
import { isClearSigned, SIGNATURE_SUFFIXES, verifySignature } from './signature.ts';
import { digestFor } from './sums-file.ts';

export interface SourceSpec {
  /** Tried in order: http, https, `file:` and plain paths. */
  urls: string[];
  /** As Packer writes it. */
  checksum: string;
  kind: 'iso' | 'image';
  /** Relative paths start here. */
  root?: string;
  /** The checksum file must be signed by a key of this keyring. */
  signedBy?: {
    keyring: string;
    /** Where the detached signature is; undefined: beside the file. */
    signature?: string;
  };
}

export interface FetchedSource {
  path: string;
  sha256: string;
  bytes: number;
  /** Where it came from; undefined for a local file. */
  url?: string;
  verifiedBy: string[];
}

interface Told {
  signal: AbortSignal;
  emit(event: BuildEvent): void;
}

/**
 * Gets an ISO or base image and makes sure that it is the one meant. A local file is used where it is; a download is
 * kept under its content, resumed when it was cut off, and made by one process at a time.
 * @throws GoldsmithError `source-unreachable` when no URL answers, `checksum-mismatch`, `bad-recipe`, `disk-full`
 */
export async function fetchSource(told: Told, spec: SourceSpec, cacheDir: string): Promise<FetchedSource> {
  const checksum = parseChecksum(spec.checksum);
  const reasons: string[] = [];
  for (const url of spec.urls) {
    try {
      return isRemote(url)
        ? await fetchRemote(told, spec, url, checksum, cacheDir)
        : await takeLocal(told, spec, url, checksum);
    } catch (error) {
      if (!(error instanceof GoldsmithError) || error.code !== 'source-unreachable') throw error;
      reasons.push(error.message);
    }
  }
  throw new GoldsmithError(
    'source-unreachable',
    reasons.length === 1 ? (reasons[0] ?? '') : `None of ${reasons.length} sources can be had.`,
    {
      hint: 'Check the network and the URL, or give a local file, e.g. -var iso_url=/path/to.iso.',
      details: { lastLines: reasons },
    },
  );
}

async function takeLocal(told: Told, spec: SourceSpec, url: string, checksum: Checksum): Promise<FetchedSource> {
  const file = localFile(url, spec.root);
  const entry = await stat(file).catch(cause => {
    throw new GoldsmithError('source-unreachable', `There is no file ${file}.`, { cause });
  });
  if (!entry.isFile()) throw new GoldsmithError('source-unreachable', `${file} is no file.`);
  const expected = await expectedDigest(told, spec, checksum, path.basename(file));
  return { path: file, ...(await verify(told, file, expected)), bytes: entry.size };
}

const localFile = (url: string, root = '.'): string =>
  url.startsWith('file:') ? localPath(url) : path.resolve(root, url);

/** go-getter's `file://./relative` is accepted beside the standard form. */
const localPath = (url: string): string =>
  /^file:\/\/\//.test(url) ? fileURLToPath(url) : path.resolve(url.replace(/^file:(\/\/)?/, ''));

async function fetchRemote(
  told: Told,
  spec: SourceSpec,
  url: string,
  checksum: Checksum,
  cacheDir: string,
): Promise<FetchedSource> {
  const expected = await expectedDigest(told, spec, checksum, path.posix.basename(new URL(url).pathname));
  const { digest } = expected;
  const key = cacheKey(url, digest);
  const folder = path.join(cacheDir, 'sources');
  await mkdir(folder, { recursive: true });
  const target = path.join(folder, key);
  return withLock(
    `source ${target}`,
    async () => {
      if (!(await stat(target).catch(() => undefined))) {
        await download(url, `${target}.partial`, told);
        await verify(told, `${target}.partial`, expected);
        await sync(`${target}.partial`);
        await rename(`${target}.partial`, target);
        await sync(folder);
      }
      await writeFile(path.join(folder, noteName(url, spec.checksum)), key);
      return { path: target, ...(await verify(told, target, expected)), bytes: (await stat(target)).size, url };
    },
    {
      signal: told.signal,
      onWait: holder => told.emit({ type: 'note', message: `Waiting for the same download (${holder}).` }),
    },
  );
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const cacheKey = (url: string, digest: Digest | undefined): string =>
  sha256(digest ? `${digest.algorithm}:${digest.hex}` : url);
/** A small file that says under which key a URL was kept, since a checksum file cannot be asked without a network. */
const noteName = (url: string, checksum: string): string => `${sha256(`${url}\n${checksum}`)}.key`;

/**
 * Whether a build would download nothing of its source but a checksum file: by what is on this host, without asking
 * anybody. The first URL decides, as it does in `fetchSource`.
 */
export async function isSourceCached(
  spec: Pick<SourceSpec, 'urls' | 'checksum' | 'root'>,
  cacheDir: string,
): Promise<boolean> {
  const [url] = spec.urls.filter(text => text !== '');
  if (url === undefined) return false;
  const folder = path.join(cacheDir, 'sources');
  const checksum = checksumOr(spec.checksum, { kind: 'none' });
  const key =
    checksum.kind === 'digest'
      ? cacheKey(url, checksum.digest)
      : await readFile(path.join(folder, noteName(url, spec.checksum)), 'utf8').catch(() => 'none');
  const file = isRemote(url) ? path.join(folder, path.basename(key)) : localFile(url, spec.root);
  return stat(file).then(
    entry => entry.isFile(),
    () => false,
  );
}

/** The file that a build would not find: where all sources are files of this host, and none of them is there. */
export async function missingFile({ urls, root }: Pick<SourceSpec, 'urls' | 'root'>): Promise<string | undefined> {
  const given = urls.filter(text => text !== '');
  const [first] = given;
  if (first === undefined || given.some(isRemote)) return undefined;
  const found = given.map(url => stat(localFile(url, root)).catch(() => undefined));
  return (await Promise.all(found)).some(entry => entry?.isFile()) ? undefined : localFile(first, root);
}

/** What is no checksum is told where a source is fetched. */
function checksumOr(text: string, otherwise: Checksum): Checksum {
  try {
    return parseChecksum(text);
  } catch {
    return otherwise;
  }
}

/** What a file must be, and which keys say so. */
interface Expected {
  digest?: Digest;
  signers: string[];
}

async function expectedDigest(told: Told, spec: SourceSpec, checksum: Checksum, name: string): Promise<Expected> {
  if (checksum.kind !== 'file' && spec.signedBy) throw nothingSigned(checksum);
  if (checksum.kind === 'digest') return { digest: checksum.digest, signers: [] };
  if (checksum.kind === 'none') {
    told.emit({ type: 'warning', message: `${name} is used without a checksum.`, hint: 'Set iso_checksum.' });
    return { signers: [] };
  }
  const { where } = checksum;
  const text = (await readSums(told, spec, where)).toString();
  if (!spec.signedBy) return { digest: digestFor(text, name, where), signers: [] };
  const { keyring, signature } = spec.signedBy;
  const isInside = signature === undefined && isClearSigned(text);
  const detached = isInside ? {} : { signature: await readDetached(told, spec, where, signature) };
  const verified = await verifySignature({ text, where, ...detached }, keyring, told.signal);
  return { digest: digestFor(verified.text, name, where), signers: verified.fingerprints };
}

const nothingSigned = (checksum: Checksum): GoldsmithError =>
  new GoldsmithError('bad-lab', 'signed_by needs a checksum file whose signature can be checked.', {
    hint: `iso_checksum is ${checksum.kind === 'none' ? 'none' : 'a digest'}: write file: and the URL of the vendor's SHA256SUMS.`,
  });

async function readSums(told: Told, spec: SourceSpec, where: string): Promise<Buffer> {
  if (isRemote(where)) return fetchSmall(where, told);
  return readFile(path.resolve(spec.root ?? '.', where.replace(/^\/\//, ''))).catch(cause => {
    const why = errorCode(cause) === 'ENOENT' ? 'does not exist' : 'cannot be read';
    throw new GoldsmithError('bad-recipe', `The checksum file ${where} ${why}.`, { cause });
  });
}

/** The signature at its own place, else the first of the usual names beside the checksum file. */
async function readDetached(told: Told, spec: SourceSpec, where: string, own: string | undefined): Promise<Buffer> {
  const places = own === undefined ? SIGNATURE_SUFFIXES.map(suffix => where + suffix) : [own];
  for (const place of places) {
    const signature = await readSums(told, spec, place).catch(() => undefined);
    told.signal.throwIfAborted();
    if (signature !== undefined) return signature;
  }
  throw new GoldsmithError('signature-invalid', `${where} has no signature: there is none of ${places.join(', ')}.`, {
    hint: 'Name it in lab.yaml: signed_by: {keyring: …, signature: URL}.',
  });
}

async function verify(
  told: Told,
  file: string,
  { digest, signers }: Expected,
): Promise<{ sha256: string; verifiedBy: string[] }> {
  const algorithms = digest === undefined ? (['sha256'] as const) : (['sha256', digest.algorithm] as const);
  const { size } = await stat(file);
  const tell = progressOf(told, 'checksum');
  const { digests } = await hashFile(file, new Set(algorithms), {
    signal: told.signal,
    onProgress: done => tell(done, size),
  });
  const actual = digest === undefined ? undefined : digests[digest.algorithm];
  if (digest !== undefined && actual !== digest.hex) {
    throw new GoldsmithError('checksum-mismatch', `${file} is not the file that its ${digest.algorithm} names.`, {
      hint: 'It is damaged, or another version: download it again, or correct iso_checksum.',
      details: { expected: digest.hex, actual },
    });
  }
  if (digest !== undefined && WEAK_ALGORITHMS.has(digest.algorithm)) {
    told.emit({
      type: 'warning',
      message: `${digest.algorithm} does not protect against a forged file.`,
      hint: 'Use sha256.',
    });
  }
  const by = signers.map(fingerprint => `signature of ${fingerprint}`);
  return { sha256: digests.sha256 ?? '', verifiedBy: digest === undefined ? [] : [digest.algorithm, ...by] };
}
