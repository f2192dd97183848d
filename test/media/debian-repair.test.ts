import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Archive } from '../../core/media/debian/archive.ts';
import { parseParagraphs, parseRelation } from '../../core/media/debian/control.ts';
import type { ArchivePackage } from '../../core/media/debian/package-index.ts';
import { describeRepair, planRepair } from '../../core/media/debian/repair.ts';
import { ServedCheck } from '../../core/media/debian/served.ts';
import { Udebs } from '../../core/media/debian/udebs.ts';

const OLD = '6.12.94+deb13-amd64';
const NEW = '6.12.107+deb13-amd64';

function udeb(name: string, more: Record<string, string> = {}): ArchivePackage {
  const fields = new Map(Object.entries({ Package: name, Priority: 'standard', ...more }));
  return { name, version: more.Version ?? '1', filename: `pool/${name}.udeb`, sha256: '', sizeBytes: 1, fields };
}

const moduleUdeb = (name: string, kernel: string, depends = ''): ArchivePackage =>
  udeb(`${name}-${kernel}-di`, { 'Kernel-Version': kernel, Provides: name, ...(depends ? { Depends: depends } : {}) });

const KERNELS = [OLD, NEW].flatMap(kernel => [
  moduleUdeb('kernel-image', kernel),
  moduleUdeb('ext4-modules', kernel, `kernel-image-${kernel}-di`),
  moduleUdeb('nic-modules', kernel, `kernel-image-${kernel}-di`),
]);
const INDEX = [
  ...KERNELS,
  udeb('partman-base', { Depends: 'libc6-udeb (>= 2.41), partman-ext3 | partman-xfs' }),
  udeb('partman-ext3', { Priority: 'optional', Depends: 'e2fsprogs-udeb' }),
  udeb('e2fsprogs-udeb', { Priority: 'optional', Version: '1.47' }),
  udeb('partman-partitioning', { Depends: 'ntfs-3g-udeb' }),
  udeb('ntfs-3g-udeb', { Priority: 'optional' }),
  udeb('game-udeb', { Priority: 'optional' }),
];

const STATUS = `Package: kernel-image-${NEW}-di
Status: install ok unpacked
Version: 6.12.107-1

Package: nic-modules-${NEW}-di
Status: install ok unpacked
Depends: kernel-image-${NEW}-di
Provides: nic-modules

Package: libc6-udeb
Status: install ok unpacked
`;
const installed = parseParagraphs(STATUS);

const ORDINARY: ArchivePackage[] = [
  udeb('e2fsprogs', { Version: '1.47', 'Pre-Depends': 'libc6 (>= 2), libext2fs2t64 (= 1.47)', Depends: 'logsave' }),
  udeb('libext2fs2t64', { Depends: 'libc6' }),
  udeb('libc6'),
  udeb('logsave'),
];

/** A mirror that answers 404 for what it lacks and keeps count. */
let server: Server;
let lacks: Set<string>;
let asked: string[];
let trouble: number;
beforeEach(async () => {
  lacks = new Set();
  asked = [];
  trouble = 0;
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (trouble-- > 0) response.writeHead(503);
    else response.writeHead([...lacks].some(name => request.url?.includes(name)) ? 404 : 200);
    response.end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise(resolve => server.close(resolve)));

const mirror = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const archive = (packages = ORDINARY): Archive => ({
  mirror: mirror(),
  suite: 'test',
  find: name => packages.find(item => item.name === name),
  all: () => packages,
  named: () => [],
  paragraph: () => '',
  indexFile: '',
  package: name => Promise.reject(new Error(`not wanted: ${name}`)),
});
const plan = (packages = ORDINARY, index = INDEX) =>
  planRepair(
    new Udebs(index, installed),
    installed,
    archive(packages),
    new ServedCheck(mirror(), new AbortController().signal),
    () => {},
  );

describe("what an installer's mirror lacks", () => {
  it('leaves an installer alone whose mirror has everything', async () => {
    const repair = await plan();
    expect(repair).toMatchObject({ kernel: NEW, modules: [], substitutes: [], skipped: [] });
  });

  it('takes the kernel of which every module is served, and its twins of what the initrd has', async () => {
    lacks = new Set([`ext4-modules-${NEW}`]);
    const repair = await plan();
    expect(repair.kernel).toBe(OLD);
    expect(repair.modules.map(({ name }) => name)).toEqual([`kernel-image-${OLD}-di`, `nic-modules-${OLD}-di`]);
    expect(repair.onBoard.map(({ name }) => name)).toContain(`ext4-modules-${OLD}-di`);
    expect(repair.onBoard.map(({ name }) => name)).not.toContain(`kernel-image-${OLD}-di`);
  });

  it('says which kernels it tried when the mirror has none whole', async () => {
    lacks = new Set(['ext4-modules']);
    await expect(plan()).rejects.toMatchObject({
      code: 'source-unreachable',
      message: expect.stringContaining(`${NEW}: 1 of`),
    });
  });

  it('puts ordinary packages of the same version in for a missing udeb, with the libraries the installer lacks', async () => {
    lacks = new Set(['e2fsprogs-udeb']);
    const repair = await plan();
    expect(repair.substitutes).toHaveLength(1);
    expect(repair.substitutes[0]?.packages.map(({ name }) => name)).toEqual(['e2fsprogs', 'libext2fs2t64']);
    expect(describeRepair(repair).join('\n')).toContain('e2fsprogs-udeb is not served');
  });

  it('refuses a substitute of another version, naming what is missing', async () => {
    lacks = new Set(['e2fsprogs-udeb']);
    const other = ORDINARY.map(item => (item.name === 'e2fsprogs' ? { ...item, version: '1.46' } : item));
    await expect(plan(other)).rejects.toMatchObject({ message: expect.stringContaining('e2fsprogs-udeb') });
  });

  it('does without what no ordinary installation needs, and says what is lost', async () => {
    lacks = new Set(['ntfs-3g-udeb']);
    const repair = await plan();
    expect(repair.skipped.map(({ name }) => name)).toEqual(['ntfs-3g-udeb']);
    expect(repair.onBoard.map(({ name }) => name)).not.toContain('ntfs-3g-udeb');
    expect(describeRepair(repair).join('\n')).toContain('resizing of Windows partitions');
  });

  it('asks by HEAD, once for each package, and not for what nothing loads', async () => {
    await plan();
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.every(line => line.startsWith('HEAD '))).toBe(true);
    expect(asked.join()).not.toContain('game-udeb');
  });
});

describe('a mirror in trouble', () => {
  const check = () => new ServedCheck(mirror(), new AbortController().signal);

  it('is asked again, since 503 does not mean that a package is missing', async () => {
    trouble = 2;
    expect(await check().missing([udeb('a')])).toEqual([]);
    expect(asked).toHaveLength(3);
  });

  it('ends with its answer when it stays so', async () => {
    trouble = 99;
    await expect(check().missing([udeb('a')])).rejects.toMatchObject({
      code: 'source-unreachable',
      message: expect.stringContaining('503'),
    });
  });

  it('stops when the build is cancelled', async () => {
    const cancelled = new ServedCheck(mirror(), AbortSignal.abort());
    await expect(cancelled.missing([udeb('a')])).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe("Debian's fields", () => {
  it('reads relations without their versions', () => {
    expect(parseRelation('a (>= 1), b | c:any,  d')).toEqual([['a'], ['b', 'c'], ['d']]);
    expect(parseRelation(undefined)).toEqual([]);
  });

  it('keeps continuation lines with their field', () => {
    const [first] = parseParagraphs('Package: a\nDescription: short\n long\n .\n more\n\n\nPackage: b\n');
    expect(first?.get('Description')).toBe('short\n long\n .\n more');
  });
});
