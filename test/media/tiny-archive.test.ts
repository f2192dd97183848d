import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openArchive } from '../../core/media/debian/archive.ts';
import { PackageIndex } from '../../core/media/debian/package-index.ts';
import { releaseEntry } from '../../core/media/debian/release-file.ts';

const HASH = 'a'.repeat(64);
const RELEASE = `Codename: trixie
MD5Sum:
 0123456789abcdef0123456789abcdef 7 main/binary-amd64/Packages.xz
SHA256:
 ${HASH} 1234 main/binary-amd64/Packages
 ${'b'.repeat(64)} 5 main/binary-amd64/Packages.xz
`;

describe('a package index', () => {
  const index = new PackageIndex(`Package: one
Version: 1:2.0-1
Depends: libc6 (>= 2.38)
Description: the first
 Package: not this
Filename: pool/one.deb
Size: 42
SHA256: ${HASH}

Package: one
Version: 1:1.0-1
Filename: pool/old.deb
SHA256: ${HASH}

Package: broken
Version: 1
`);

  it('finds a package with all its fields, the first of several versions', () => {
    const found = index.find('one');
    expect(found).toMatchObject({ version: '1:2.0-1', filename: 'pool/one.deb', sizeBytes: 42, sha256: HASH });
    expect(found?.fields.get('Depends')).toBe('libc6 (>= 2.38)');
  });

  it('has nothing for what is not there or not whole', () => {
    expect(index.find('not this')).toBeUndefined();
    expect(index.find('broken')).toBeUndefined();
    expect([...index.all()].map(({ name }) => name)).toEqual(['one']);
  });
});

describe('a Release file', () => {
  it('names hash and size of a file, from the SHA256 list only', () => {
    expect(releaseEntry(RELEASE, 'main/binary-amd64/Packages', 'trixie')).toEqual({ sha256: HASH, sizeBytes: 1234 });
    expect(() => releaseEntry(RELEASE, 'main/binary-arm64/Packages', 'trixie')).toThrow(/does not list/);
  });
});

describe('a mirror', () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function mirror(files: Record<string, string>): Promise<string> {
    const server = createServer(({ url = '' }, response) => {
      const text = files[url];
      response.writeHead(text === undefined ? 404 : 200).end(text);
    });
    servers.push(server);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const open = (url: string, cacheDir: string) =>
    openArchive({ mirror: url, suite: 'trixie', cacheDir, signal: new AbortController().signal });

  it('whose Release nobody at Debian signed is refused, and leaves nothing in the cache', async () => {
    const cache = mkdtempSync(path.join(tmpdir(), 'archive-'));
    const forged = { '/dists/trixie/Release': RELEASE, '/dists/trixie/Release.gpg': 'no signature\n' };
    await expect(open(await mirror(forged), cache)).rejects.toMatchObject({ code: 'signature-invalid' });
    expect(readdirSync(cache)).toEqual([]);
  });

  it('that does not answer is named', async () => {
    const cache = mkdtempSync(path.join(tmpdir(), 'archive-'));
    await expect(open(await mirror({}), cache)).rejects.toMatchObject({
      code: 'source-unreachable',
      message: expect.stringContaining('/dists/trixie/Release'),
    });
  });

  it('that is away is replaced by the last Release, whose signature is checked again', async () => {
    const cache = mkdtempSync(path.join(tmpdir(), 'archive-'));
    const url = await mirror({});
    const kept = path.join(cache, `${`${url}/dists/trixie`.replace(/[^A-Za-z0-9.-]+/g, '_')}.Release`);
    writeFileSync(kept, RELEASE);
    writeFileSync(`${kept}.gpg`, 'no signature\n');
    await expect(open(url, cache)).rejects.toMatchObject({ code: 'signature-invalid' });
  });
});
