import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Guest } from '../../core/guest/guest.ts';
import { MANAGERS, parseInventory, readInventory } from '../../core/guest/inventory.ts';
import { TestScope } from './scope.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-inventory-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What the script would print of a guest: its lines, the package manager, the system. */
const asTold = (manager: string, lines: string, system: string): string[] => [
  ...lines
    .trim()
    .split('\n')
    .map(line => `@package ${line}`),
  `@system ${manager}`,
  `@system id ${system}`,
];

const SPEC = `Name: vim-minimal
Epoch: 2
Version: 8.2.2637
Release: 20.el9
Summary: s
License: Vim and MIT
%description
d
%files
%package -n vim-common
Summary: c
BuildArch: noarch
%description -n vim-common
d
%files -n vim-common
`;
const PKGINFO = `pkgname = gcc-libs
pkgbase = gcc
pkgver = 14.2.1+r753+g1cd744a6828f-1
pkgdesc = Runtime libraries, with a %NAME% in their description
url = https://gcc.gnu.org
builddate = 1736900000
packager = Nobody <nobody@example.org>
size = 0
arch = x86_64
license = GPL-3.0-with-GCC-exception
license = GFDL-1.3-or-later
`;

/** A guest whose shell is this machine's. */
function hereAsGuest(env: Record<string, string> = {}): Guest {
  const exec: Guest['exec'] = async (command, options) => {
    const out = execFileSync('sh', ['-c', command], { env: { ...process.env, ...env } }).toString();
    for (const line of out.trimEnd().split('\n')) options?.onLine?.(line, 'stdout');
    return { exitCode: 0, disconnected: false, started: true };
  };
  return { exec } as Partial<Guest> as Guest;
}

describe('what is installed in a guest', () => {
  it('is on this machine what dpkg itself says', async () => {
    const scope = new TestScope();
    const inventory = await readInventory(scope, hereAsGuest());
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is dpkg-query's
    const format = '${db:Status-Status} ${Package} ${Version} ${Architecture}\\n';
    const told = execFileSync('dpkg-query', ['-W', '-f', format]).toString().trim().split('\n');
    const wanted = told.filter(line => line.startsWith('installed ')).map(line => line.slice('installed '.length));
    const read = (inventory?.packages ?? []).map(({ name, version, arch }) => `${name} ${version} ${arch}`);
    expect(read.length).toBeGreaterThan(100);
    expect(read.sort()).toEqual(wanted.sort());
    expect(inventory?.system).toMatchObject({ id: 'debian', manager: 'deb', name: expect.stringContaining('Debian') });
    expect(scope.events).toEqual([expect.objectContaining({ type: 'note' })]);
  });

  it('is read from the database of apk', () => {
    const database = path.join(dir, 'installed');
    writeFileSync(
      database,
      'C:Q1\nP:musl\nV:1.2.5-r9\nA:x86_64\nL:MIT\no:musl\n\nC:Q1\nP:libcrypto3\nV:3.3.3-r0\nA:x86_64\nL:Apache-2.0\no:openssl\n',
    );
    const command = MANAGERS.apk.list.replaceAll('/lib/apk/db/installed', database);
    const lines = execFileSync('sh', ['-c', command]).toString().trim().split('\n');
    const told = [...lines.map(line => `@package ${line}`), '@system apk', '@system id alpine 3.21.3'];
    expect(parseInventory(told)).toEqual({
      system: { id: 'alpine', versionId: '3.21.3', manager: 'apk' },
      packages: [
        { name: 'libcrypto3', version: '3.3.3-r0', arch: 'x86_64', source: 'openssl', license: 'Apache-2.0' },
        { name: 'musl', version: '1.2.5-r9', arch: 'x86_64', license: 'MIT' },
      ],
    });
  });

  it('is what rpm itself says of packages it has installed', () => {
    const home = path.join(dir, 'rpm');
    mkdirSync(home);
    writeFileSync(path.join(home, 'packages.spec'), SPEC);
    writeFileSync(path.join(home, '.rpmmacros'), `%_dbpath ${home}/db\n%_topdir ${home}/top\n%_build_id_links none\n`);
    const env = { ...process.env, HOME: home };
    const rpms = path.join(home, 'top/RPMS');
    execFileSync('rpmbuild', ['-bb', '--quiet', path.join(home, 'packages.spec')], { env, stdio: 'ignore' });
    const files = readdirSync(rpms, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.rpm'));
    const paths = files.map(name => path.join(rpms, name));
    execFileSync('rpm', ['-i', '--justdb', '--nodeps', ...paths], { env, stdio: 'ignore' });
    // A key is kept as if it were a package.
    execFileSync('rpm', ['--import', path.resolve('packer/keys/debian-cd.asc')], { env, stdio: 'ignore' });
    expect(execFileSync('rpm', ['-qa'], { env }).toString()).toContain('gpg-pubkey-');
    const told = execFileSync('sh', ['-c', MANAGERS.rpm.list], { env }).toString();
    expect(parseInventory(asTold('rpm', told, 'rocky 9.4'))?.packages).toEqual([
      {
        name: 'vim-common',
        version: '2:8.2.2637-20.el9',
        arch: 'noarch',
        source: 'vim-minimal',
        license: 'Vim and MIT',
      },
      { name: 'vim-minimal', version: '2:8.2.2637-20.el9', arch: expect.any(String), license: 'Vim and MIT' },
    ]);
  });

  it('is what is in the database that pacman itself has written', () => {
    const home = path.join(dir, 'pacman');
    mkdirSync(path.join(home, 'root'), { recursive: true });
    const at = (name: string): string => path.join(home, name);
    writeFileSync(at('.PKGINFO'), PKGINFO);
    writeFileSync(at('conf'), '[options]\nSigLevel = Never\nArchitecture = auto\n');
    execFileSync('tar', ['-C', home, '-czf', at('gcc-libs.pkg.tar.gz'), '.PKGINFO']);
    const places = ['root', 'dbpath', 'cachedir', 'hookdir', 'logfile'].flatMap(name => [`--${name}`, at(name)]);
    mkdirSync(at('dbpath'));
    const args = ['-U', '--noconfirm', '--config', at('conf'), ...places, at('gcc-libs.pkg.tar.gz')];
    execFileSync('pacman', args, { stdio: 'ignore' });
    const command = MANAGERS.pacman.list.replaceAll('/var/lib/pacman', at('dbpath'));
    const told = execFileSync('sh', ['-c', command]).toString();
    expect(parseInventory(asTold('pacman', told, 'arch'))).toEqual({
      system: { id: 'arch', manager: 'pacman' },
      packages: [
        {
          name: 'gcc-libs',
          version: '14.2.1+r753+g1cd744a6828f-1',
          arch: 'x86_64',
          source: 'gcc',
          license: 'GPL-3.0-with-GCC-exception, GFDL-1.3-or-later',
        },
      ],
    });
  });

  it('is split into name and version as OpenBSD writes them', () => {
    const [, sed = ''] = MANAGERS.openbsd.list.split(' | ');
    const input = 'curl-8.13.0\nquirks-7.103\nvim-9.1.1265-no_x11\npy3-six-1.17.0p1\n';
    expect(execFileSync('sh', ['-c', sed], { input }).toString()).toBe(
      'curl 8.13.0 - - -\nquirks 7.103 - - -\nvim 9.1.1265 - - -\npy3-six 1.17.0p1 - - -\n',
    );
  });

  it('is unknown, and that is told, when the guest does not come to its end', async () => {
    expect(parseInventory(['@package bash 5.2 amd64 - -'])).toBeUndefined();
    const scope = new TestScope();
    const silent = { exec: async () => ({ exitCode: 127, disconnected: false, started: true }) };
    expect(await readInventory(scope, silent as Partial<Guest> as Guest)).toBeUndefined();
    expect(scope.events).toEqual([expect.objectContaining({ type: 'warning' })]);
  });

  it('ignores what a login shell says', () => {
    const told = ['Welcome!', '@package zlib1g 1:1.3 amd64 zlib -', '@system deb', '@system id debian 13'];
    expect(parseInventory(told)?.packages).toEqual([
      { name: 'zlib1g', version: '1:1.3', arch: 'amd64', source: 'zlib' },
    ]);
  });
});
