import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type BoxEntry, boxVersion, extendCatalog, extendCatalogFile } from '../../core/export/vagrant-catalog.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-catalog-'));
const at = (name: string): string => path.join(dir, name);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const box = (version: string, provider = 'libvirt', checksum = 'a'): BoxEntry => ({
  name: 'lab/web',
  version,
  provider: { name: provider, url: `https://boxes/${version}-${provider}.box`, checksum, checksum_type: 'sha256' },
});
const read = (name: string) => JSON.parse(readFileSync(at(name), 'utf8'));

describe('a catalogue of Vagrant boxes', () => {
  it('is made, then grows, sorted as versions are', async () => {
    await extendCatalogFile(at('boxes.json'), [box('1.2.0')]);
    await extendCatalogFile(at('boxes.json'), [box('1.10.0'), box('1.10.0', 'virtualbox')]);
    await extendCatalogFile(at('boxes.json'), [box('1.9.3')]);
    const { name, versions } = read('boxes.json');
    expect(name).toBe('lab/web');
    expect(versions.map(({ version }: { version: string }) => version)).toEqual(['1.2.0', '1.9.3', '1.10.0']);
    expect(versions[2].providers.map((one: { name: string }) => one.name)).toEqual(['libvirt', 'virtualbox']);
  });

  it('has a box once, however often it is added', () => {
    const once = extendCatalog(undefined, box('1.0.0'));
    expect(extendCatalog(once, box('1.0.0'))).toEqual(once);
  });

  it('never has another file under a name that was handed out', async () => {
    await extendCatalogFile(at('fixed.json'), [box('1.0.0')]);
    const before = readFileSync(at('fixed.json'), 'utf8');
    await expect(
      extendCatalogFile(at('fixed.json'), [box('1.0.1'), box('1.0.0', 'libvirt', 'b')]),
    ).rejects.toMatchObject({
      code: 'exists',
    });
    await expect(extendCatalogFile(at('fixed.json'), [{ ...box('2.0.0'), name: 'lab/db' }])).rejects.toMatchObject({
      code: 'exists',
    });
    expect(readFileSync(at('fixed.json'), 'utf8')).toBe(before);
  });

  it('keeps what others wrote into it', async () => {
    const theirs = {
      name: 'lab/web',
      short_description: 'Ours',
      versions: [{ version: '0.1.0', status: 'active', providers: [] }],
    };
    writeFileSync(at('theirs.json'), JSON.stringify(theirs));
    await extendCatalogFile(at('theirs.json'), [box('1.0.0')]);
    expect(read('theirs.json')).toMatchObject({
      short_description: 'Ours',
      versions: [theirs.versions[0], { version: '1.0.0' }],
    });
  });

  it.each(['', '{}', '{"name":"lab/web","versions":[{"version":1}]}', '<html>'])(
    'is left as it is when it is none: %s',
    async text => {
      writeFileSync(at('damaged.json'), text);
      await expect(extendCatalogFile(at('damaged.json'), [box('1.0.0')])).rejects.toMatchObject({
        code: 'store-damaged',
      });
      expect(readFileSync(at('damaged.json'), 'utf8')).toBe(text);
    },
  );

  it('loses nothing when ten exports end at once', async () => {
    const versions = Array.from({ length: 10 }, (_, nth) => `1.0.${nth}`);
    await Promise.all(versions.map(version => extendCatalogFile(at('busy.json'), [box(version)])));
    expect(read('busy.json').versions.map(({ version }: { version: string }) => version)).toEqual(versions);
    expect(existsSync(at('.busy'))).toBe(false);
  });
});

it.each([
  ['v1.2.3', '1.2.3'],
  ['1.2', '1.2.0'],
  ['v7', '7.0.0'],
  ['v01.02', '1.2.0'],
  ['a-b-c', '20260102.30405.0'],
  ['1.2.3.4', '20260102.30405.0'],
])('a release %s is version %s to Vagrant', (release, version) => {
  expect(boxVersion(release, '2026-01-02T03:04:05.000Z')).toBe(version);
});
