import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Archive } from '../../core/media/debian/archive.ts';
import { tarOf } from '../../core/media/debian/base-archive.ts';
import { baseSystem } from '../../core/media/debian/base-system.ts';
import { PackageIndex } from '../../core/media/debian/package-index.ts';
import { PackageStore } from '../../core/media/package-store.ts';

/** A paragraph of an index. */
const paragraph = (name: string, fields: Record<string, string> = {}): string =>
  Object.entries({
    Package: name,
    Version: '1:2-3',
    Architecture: 'all',
    Filename: `${name}.deb`,
    SHA256: 'x',
    ...fields,
  })
    .map(([field, value]) => `${field}: ${value}\n`)
    .join('');

function archiveOf(paragraphs: string[], suite = 'trixie', mirror = 'http://m'): Archive {
  const index = new PackageIndex(paragraphs.join('\n'));
  return {
    mirror,
    suite,
    find: name => index.find(name),
    all: () => index.all(),
    named: line => index.named(line),
    paragraph: name => index.paragraph(name) ?? '',
    indexFile: '',
    package: () => Promise.reject(new Error('not wanted')),
  };
}

describe('the packages of a base system', () => {
  const REQUIRED = { Priority: 'required' };
  const IMPORTANT = { Priority: 'important' };
  const INDEX = [
    paragraph('base-files', { ...REQUIRED, 'Pre-Depends': 'awk', Depends: 'libc (>= 2), usrmerge' }),
    paragraph('libc'),
    paragraph('usrmerge'),
    paragraph('usr-is-merged'),
    paragraph('mawk', { ...REQUIRED, Provides: 'awk' }),
    paragraph('apt', { ...IMPORTANT, Depends: 'libapt:any (= 1) | other, libc' }),
    paragraph('libapt'),
    paragraph('other'),
    paragraph('ifupdown', IMPORTANT),
    paragraph('sudo', { Depends: 'libsudo' }),
    paragraph('libsudo'),
    paragraph('nothing', { Description: 'Priority: required' }),
  ];

  it('are those of both priorities and what they need: of alternatives the first, of virtual packages none', () => {
    expect(baseSystem(archiveOf(INDEX), [], [])).toEqual({
      required: ['base-files', 'libc', 'mawk'],
      base: ['apt', 'ifupdown', 'libapt'],
    });
  });

  it('have what is included with all it needs, and not what is excluded; Debian 12 has a package of its own', () => {
    const { base } = baseSystem(archiveOf(INDEX), ['sudo', 'ifupdown'], ['ifupdown']);
    expect(base).toEqual(['apt', 'libapt', 'libsudo', 'sudo']);
    expect(baseSystem(archiveOf(INDEX, 'bookworm'), [], []).required).toContain('usr-is-merged');
  });

  it('are none when one is wanted that there is not: debootstrap would end, and so must say so', () => {
    expect(() => baseSystem(archiveOf(INDEX), ['no-such'], [])).toThrow(
      expect.objectContaining({ code: 'source-unreachable', message: "Debian's trixie has no package no-such." }),
    );
  });
});

describe('the archive of a base system', () => {
  let dir: string;
  let server: Server;
  let asked: string[];
  let ends: object[];
  beforeEach(async () => {
    ends = [];
    dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-base-'));
    await mkdir(path.join(dir, 'mirror'));
    await mkdir(path.join(dir, 'archive'));
    await writeFile(path.join(dir, 'index'), 'the whole index');
    asked = [];
    server = createServer(async (request, response) => {
      asked.push(request.url ?? '');
      const name = path.basename(request.url ?? '');
      response.end(name === 'InRelease' ? 'signed' : await readFile(path.join(dir, 'mirror', name)));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    await new Promise(resolve => server.close(resolve));
    await rm(dir, { recursive: true });
  });

  /** A real package, compressed as Debian's are. @returns its paragraph */
  async function make(name: string, fields: Record<string, string>, compression = 'xz'): Promise<string> {
    const tree = path.join(dir, 'tree', name);
    await mkdir(path.join(tree, 'DEBIAN'), { recursive: true });
    await writeFile(path.join(tree, name), `the file of ${name}`);
    const control = `Package: ${name}\nVersion: 1:2-3\nArchitecture: all\nMaintainer: a <a@b>\nDescription: a\n`;
    await writeFile(path.join(tree, 'DEBIAN/control'), control);
    const deb = path.join(dir, 'mirror', `${name}.deb`);
    execFileSync('dpkg-deb', [`-Z${compression}`, '--root-owner-group', '--build', tree, deb], { stdio: 'ignore' });
    return paragraph(name, {
      SHA256: createHash('sha256')
        .update(await readFile(deb))
        .digest('hex'),
      ...fields,
    });
  }

  async function give(paragraphs: string[]): Promise<string> {
    const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/debian`;
    const archive = { ...archiveOf(paragraphs, 'trixie', mirror), indexFile: path.join(dir, 'index') };
    const options = {
      store: new PackageStore(path.join(dir, 'kept')),
      archiveDir: path.join(dir, 'archive'),
      signal: new AbortController().signal,
      onEnd: (end: object) => void ends.push(end),
    };
    const file = path.join(dir, 'base.tar');
    await writeFile(file, await buffer(await tarOf(archive, { include: ['b'], exclude: [] }, options)));
    await rm(path.join(dir, 'out'), { recursive: true, force: true });
    await mkdir(path.join(dir, 'out'));
    execFileSync('tar', ['-C', path.join(dir, 'out'), '-xf', file]);
    return path.join(dir, 'out');
  }

  it('is what debootstrap unpacks: packages that dpkg reads, lists, and an index of them alone', async () => {
    const paragraphs = [await make('a', { Priority: 'required' }), await make('b', {}), paragraph('not-wanted')];
    const out = await give(paragraphs);
    const text = (name: string) => readFile(path.join(out, name), 'utf8');
    expect(await text('debootstrap/required')).toBe('a\n');
    expect(await text('debootstrap/base')).toBe('b\n');
    const debs = ['a', 'b'].map(name => `/var/cache/apt/archives/${name}_1%3a2-3_all.deb`);
    expect(await text('debootstrap/debpaths')).toBe(`a ${debs[0]}\nb ${debs[1]}\n`);
    for (const [index, deb] of debs.entries()) {
      const name = 'ab'[index] ?? '';
      const listed = execFileSync('ar', ['t', path.join(out, deb)]).toString();
      expect(listed).toBe('debian-binary\ncontrol.tar\ndata.tar\n');
      expect(
        execFileSync('dpkg-deb', ['--field', path.join(out, deb), 'Package'])
          .toString()
          .trim(),
      ).toBe(name);
      expect(execFileSync('dpkg-deb', ['--contents', path.join(out, deb)]).toString()).toContain(`./${name}`);
    }
    const lists = await readdir(path.join(out, 'var/lib/apt/lists'));
    const [index = ''] = lists.filter(name => name.endsWith('_debian_dists_trixie_main_binary-amd64_Packages'));
    expect(await text(`var/lib/apt/lists/${index}`)).toBe(`${paragraphs[0]}\n${paragraphs[1]}\n`);
    expect(await text(`var/lib/apt/lists/whole/${index}`)).toBe('the whole index');
    expect(await readdir(path.join(dir, 'archive'))).toEqual([]);
    expect(ends).toEqual([{ packages: 2 }]);
  });

  it('asks the mirror once for each package, and again for one that changed on disk', async () => {
    const paragraphs = [await make('a', { Priority: 'required' }), await make('b', {})];
    await give(paragraphs);
    await give(paragraphs);
    expect(asked.filter(url => url.endsWith('.deb')).sort()).toEqual(['/debian/a.deb', '/debian/b.deb']);
    const bodies = (await readdir(path.join(dir, 'kept'), { recursive: true })).filter(name => name.endsWith('.body'));
    await writeFile(path.join(dir, 'kept', bodies[0] ?? ''), 'bad');
    await give(paragraphs);
    expect(asked.filter(url => url.endsWith('.deb'))).toHaveLength(3);
  });

  it('leaves what xz did not pack as it is', async () => {
    const out = await give([await make('a', { Priority: 'required' }, 'gzip'), await make('b', {})]);
    const deb = path.join(out, 'var/cache/apt/archives/a_1%3a2-3_all.deb');
    expect(execFileSync('ar', ['t', deb]).toString()).toBe('debian-binary\ncontrol.tar.gz\ndata.tar.gz\n');
    expect(execFileSync('dpkg-deb', ['--contents', deb]).toString()).toContain('./a');
  });

  it('begins with nothing when a package is wanted that there is not', async () => {
    await expect(give([await make('a', { Priority: 'required' })])).rejects.toMatchObject({
      code: 'source-unreachable',
      message: "Debian's trixie has no package b.",
    });
    expect(ends).toEqual([]);
    expect(await readdir(path.join(dir, 'archive'))).toEqual([]);
  });

  it('breaks off at a package that is not the one the index names, and leaves nothing behind', async () => {
    const paragraphs = [
      await make('a', { Priority: 'required' }),
      (await make('b', {})).replace(/SHA256: .*/, 'SHA256: 0'),
    ];
    await expect(give(paragraphs)).rejects.toMatchObject({ code: 'checksum-mismatch' });
    expect(ends).toEqual([{ error: expect.objectContaining({ code: 'checksum-mismatch' }) }]);
    await expect.poll(() => readdir(path.join(dir, 'archive'))).toEqual([]);
    // Nor where the proxy would give it to others.
    const kept = await readdir(path.join(dir, 'kept'), { recursive: true });
    expect(kept.filter(name => name.endsWith('.body'))).toHaveLength(1);
  });
});
