import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { GoldsmithError } from '../model/failure.ts';
import { replaceFile } from '../store/durable.ts';
import { withLock } from '../store/lock.ts';
import type { ExportWork } from './work.ts';

/** Source: developer.hashicorp.com/vagrant/docs/boxes/format. Keys that we do not write are kept as they are. */
const provider = z.looseObject({
  name: z.string(),
  url: z.string(),
  checksum: z.string().optional(),
  checksum_type: z.string().optional(),
});
const version = z.looseObject({ version: z.string(), providers: z.array(provider) });
const schema = z.looseObject({ name: z.string(), description: z.string().optional(), versions: z.array(version) });

export type Catalog = z.output<typeof schema>;
type Provider = z.output<typeof provider>;

/** One box, as a catalogue names it. */
export interface BoxEntry {
  name: string;
  description?: string;
  version: string;
  provider: Provider;
}

/** Vagrant takes X.Y.Z only: what is no such number becomes the time of the release. */
export function boxVersion(release: string, createdAt: string): string {
  const [, numbers] = /^v?(\d+(?:\.\d+){0,2})$/.exec(release) ?? [];
  if (numbers !== undefined) return [...numbers.split('.'), '0', '0'].slice(0, 3).map(Number).join('.');
  const digits = createdAt.replace(/\D/g, '');
  return `${digits.slice(0, 8)}.${Number(digits.slice(8, 14))}.0`;
}

/**
 * The catalogue with one box more. Whatever else is in it stays; the same box is there once.
 * @throws GoldsmithError `exists` when it names another file for this version and provider, or is another box's
 */
export function extendCatalog(before: Catalog | undefined, entry: BoxEntry): Catalog {
  const { name, description } = entry;
  const base = before ?? { name, ...(description === undefined ? {} : { description }), versions: [] };
  if (base.name !== name) throw taken(`the catalogue is the one of the box ${base.name}`);
  const known = base.versions.find(one => one.version === entry.version);
  const others = known?.providers.filter(one => !isSame(one, entry.provider)) ?? [];
  const twin = known?.providers.find(one => isSame(one, entry.provider));
  if (twin && twin.checksum !== entry.provider.checksum) {
    throw taken(`${name} ${entry.version} for ${entry.provider.name} is in it with another checksum`);
  }
  const changed = { ...known, version: entry.version, providers: [...others, { ...twin, ...entry.provider }] };
  return { ...base, versions: [...base.versions.filter(one => one !== known), changed].sort(byVersion) };
}

const isSame = (a: Provider, b: Provider): boolean =>
  a.name === b.name && (a['architecture'] ?? null) === (b['architecture'] ?? null);

const taken = (why: string): GoldsmithError =>
  new GoldsmithError('exists', `The Vagrant catalogue is left as it was: ${why}.`, {
    hint: 'A box is never replaced: make a new release, or another catalogue.',
  });

const byVersion = (a: { version: string }, b: { version: string }): number => {
  const [left, right] = [a, b].map(one => one.version.split('.').map(Number));
  const at = [0, 1, 2].find(nth => left?.[nth] !== right?.[nth]) ?? 0;
  return (left?.[at] ?? 0) - (right?.[at] ?? 0);
};

/** A box that an export made. */
export interface MadeBox {
  file: string;
  provider: string;
}

/** The boxes of a release as a catalogue names them. */
function boxEntries(work: ExportWork, urlOf: (file: string) => string): Promise<BoxEntry[]> {
  const { manifest, catalog, boxes } = work;
  const sorted = boxes.toSorted((a, b) => (a.file < b.file ? -1 : 1));
  return Promise.all(
    sorted.map(async ({ file, provider: name }) => ({
      name: catalog?.name ?? manifest.image,
      ...(manifest.description === undefined ? {} : { description: manifest.description }),
      version: boxVersion(manifest.version, manifest.createdAt),
      provider: { name, url: urlOf(file), checksum: await work.hash(file), checksum_type: 'sha256' },
    })),
  );
}

/** The catalogue in the hand-off itself: this release alone. Without a place it names the boxes beside it. */
export async function writeCatalog(work: ExportWork): Promise<string[]> {
  if (work.boxes.length === 0) return [];
  const base = work.catalog?.baseUrl;
  const urlOf = (file: string): string => (base === undefined ? file : new URL(encodeURIComponent(file), base).href);
  const catalog = (await boxEntries(work, urlOf)).reduce<Catalog | undefined>(extendCatalog, undefined);
  return [await work.writeJson(`${work.name}.vagrant.json`, catalog)];
}

/** Adds the boxes of a hand-off, which stands in `dir` now, to the catalogue that grows. */
export async function extendCatalogFor(work: ExportWork, dir: string): Promise<void> {
  if (!work.catalog || work.boxes.length === 0) return;
  const base = work.catalog.baseUrl ?? `${pathToFileURL(dir).href}/`;
  const entries = await boxEntries(work, file => new URL(encodeURIComponent(file), base).href);
  await extendCatalogFile(work.catalog.file, entries);
}

/** Adds the boxes to the catalogue that grows: read, checked, replaced in one step, by one process at a time. */
export async function extendCatalogFile(file: string, entries: BoxEntry[]): Promise<void> {
  const target = path.resolve(file);
  await withLock(`catalogue ${target}`, async () => {
    const before = await readCatalog(target);
    const after = entries.reduce<Catalog | undefined>(extendCatalog, before);
    if (after) await replaceFile(target, `${JSON.stringify(after, undefined, 2)}\n`);
  });
}

async function readCatalog(file: string): Promise<Catalog | undefined> {
  const text = await readFile(file, 'utf8').catch(error => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new GoldsmithError('store-damaged', `${file} is no catalogue of Vagrant boxes; it is left as it is.`, {
      hint: 'Mend it, or name another file.',
      cause,
    });
  }
}
