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

/** Records of a database that apk-tools 2.12 wrote for Alpine 3.14; most of their files left out. */
const APK_DATABASE = `C:Q1CpjMpFo3UY/Tn4CshBpA+PXMf04=
P:musl
V:1.2.2-r3
A:armv7
S:360760
I:516096
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
t:1620570927
c:1e9cba35059e3bb4635f12ee7e10dfe687df31ad
p:so:libc.musl-armv7.so.1=1
F:lib
R:ld-musl-armhf.so.1
a:0:0:755
Z:Q1OR21cpf2INrOZXtXeMnWdqhkld4=

C:Q1etIoH9Bn//8ZAZJzjaLilkFdk98=
P:libcrypto1.1
V:1.1.1k-r0
A:armv7
T:Crypto library from openssl
L:OpenSSL
o:openssl
D:so:libc.musl-armv7.so.1
p:so:libcrypto.so.1.1=1.1
r:libressl2.7-libcrypto
F:etc
F:etc/ssl
R:openssl.cnf
Z:Q1wGuxVEOK9iGLj1i8D3BSBnT7MJA=

C:Q1E9yWFHAOxmxU1L6k4XavnfGyNxc=
P:ca-certificates-bundle
V:20191127-r5
A:armv7
T:Pre generated bundle of Mozilla certificates
L:MPL-2.0 AND MIT
o:ca-certificates
p:ca-certificates-cacert=20191127-r5

C:Q1w4oVI83iP6Q4ve932uzuFlkg/Es=
P:musl-utils
V:1.2.2-r3
A:armv7
L:MIT BSD GPL2+
o:musl
D:scanelf so:libc.musl-armv7.so.1
p:cmd:getconf cmd:getent cmd:iconv cmd:ldconfig cmd:ldd
F:tmp
M:0:0:1777

C:Q12sukQifdGLZ35AzLgLoq3cOs+EA=
P:libretls
V:3.3.3-r2
A:armv7
L:ISC AND (BSD-3-Clause OR MIT)
o:libretls
`;
/** Names as pkg_info(1) gives them: with patch level, epoch, flavours. */
const PKG_INFO = `cmake-3.31.6v1
curl-8.13.0
dunst-1.9.2p2
gettext-runtime-0.22.5
i3-4.24
py3-i3ipc-2.2.1p3
quirks-7.103
updatedb-0p0
vim-9.1.1265-no_x11-python3
`;
/** Fields of installed packages, of releases 10 to 15. */
const PKG_QUERY = `nginx 1.22.1_2,3 FreeBSD:13:amd64 www/nginx -
openjdk 7.76.13_1,1 freebsd:10:x86:64 java/openjdk7 -
py311-pip 23.3.2 FreeBSD:14:* devel/py-pip -
python 2.7_2,2 freebsd:10:x86:32 lang/python -
rsync 3.2.5 FreeBSD:12:i386 net/rsync -
vim 9.2.0272 FreeBSD:15:amd64 editors/vim -
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

  it.each(['lib', 'usr/lib'])('is read from the database that apk keeps in /%s', folder => {
    const root = mkdtempSync(path.join(dir, 'apk-'));
    mkdirSync(path.join(root, folder, 'apk/db'), { recursive: true });
    writeFileSync(path.join(root, folder, 'apk/db/installed'), APK_DATABASE);
    const inRoot = (command: string): string => command.replaceAll(/(?:\/usr)?\/lib\/apk/g, found => `${root}${found}`);
    const { isThere, list } = MANAGERS.apk;
    const told = execFileSync('sh', ['-c', inRoot(`if ${isThere}; then ${list}; fi`)]).toString();
    expect(parseInventory(asTold('apk', told, 'alpine 3.14.0'))).toEqual({
      system: { id: 'alpine', versionId: '3.14.0', manager: 'apk' },
      packages: [
        {
          name: 'ca-certificates-bundle',
          version: '20191127-r5',
          arch: 'armv7',
          source: 'ca-certificates',
          license: 'MPL-2.0 AND MIT',
        },
        { name: 'libcrypto1.1', version: '1.1.1k-r0', arch: 'armv7', source: 'openssl', license: 'OpenSSL' },
        { name: 'libretls', version: '3.3.3-r2', arch: 'armv7', license: 'ISC AND (BSD-3-Clause OR MIT)' },
        { name: 'musl', version: '1.2.2-r3', arch: 'armv7', license: 'MIT' },
        { name: 'musl-utils', version: '1.2.2-r3', arch: 'armv7', source: 'musl', license: 'MIT BSD GPL2+' },
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
    expect(execFileSync('sh', ['-c', sed], { input: PKG_INFO }).toString()).toBe(
      `cmake 3.31.6v1 - - -
curl 8.13.0 - - -
dunst 1.9.2p2 - - -
gettext-runtime 0.22.5 - - -
i3 4.24 - - -
py3-i3ipc 2.2.1p3 - - -
quirks 7.103 - - -
updatedb 0p0 - - -
vim 9.1.1265 - - -
`,
    );
  });

  it('is what pkg of FreeBSD says, with the machine out of the ABI', () => {
    const [, ...rest] = MANAGERS.freebsd.list.split(' | ');
    const told = execFileSync('sh', ['-c', rest.join(' | ')], { input: PKG_QUERY }).toString();
    expect(parseInventory(asTold('freebsd', told, 'freebsd 15.1'))?.packages).toEqual([
      { name: 'nginx', version: '1.22.1_2,3', arch: 'amd64', source: 'www/nginx' },
      { name: 'openjdk', version: '7.76.13_1,1', arch: 'amd64', source: 'java/openjdk7' },
      { name: 'py311-pip', version: '23.3.2', source: 'devel/py-pip' },
      { name: 'python', version: '2.7_2,2', arch: 'i386', source: 'lang/python' },
      { name: 'rsync', version: '3.2.5', arch: 'i386', source: 'net/rsync' },
      { name: 'vim', version: '9.2.0272', arch: 'amd64', source: 'editors/vim' },
    ]);
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
