import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CpioMember, DIR, FILE, isLink, LINK, readCpio, writeCpio } from '../../core/media/debian/cpio.ts';
import { unpackControl, unpackDeb } from '../../core/media/debian/deb.ts';
import { Initrd, withoutTranslations } from '../../core/media/debian/initrd.ts';
import type { ArchivePackage } from '../../core/media/debian/package-index.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-initrd-'));
});
afterEach(() => rm(dir, { recursive: true }));

const at = (name: string): string => path.join(dir, name);
const { signal } = new AbortController();

const member = (name: string, mode: number, data = '', device?: [number, number]): [string, CpioMember] => [
  name,
  { path: name, mode, mtimeS: 7, data: Buffer.from(data), ...(device ? { device } : {}) },
];

const MEMBERS = new Map([
  member('dev', DIR | 0o755),
  member('dev/console', 0o020600, '', [5, 1]),
  member('lib', LINK | 0o777, 'usr/lib'),
  member('usr', DIR | 0o755),
  member('usr/lib', DIR | 0o755),
  member('usr/lib/modules', DIR | 0o755),
  member('usr/lib/modules/6.1', DIR | 0o755),
  member('usr/lib/modules/6.1/old.ko', FILE | 0o644, 'old'),
  member('usr/lib/odd', FILE | 0o755, 'odd length'),
  member(
    'var/lib/dpkg/status',
    FILE | 0o644,
    'Package: kernel-image-6.1-di\nStatus: install ok unpacked\nVersion: 6.1-1\nDepends: x-6.1-di\n',
  ),
]);

describe("the installer's questions", () => {
  it('are in English only, with the names that answers are known by', () => {
    const templates = [
      'Template: a/b',
      'Type: select',
      'Choices-C: one, two',
      'Choices: One, Two',
      'Choices-pt_BR.UTF-8: Um, Dois',
      'Description: Which?',
      ' A longer text.',
      'Description-de.UTF-8: Welches?',
      ' Ein längerer Text.',
      ' .',
      ' Noch einer.',
      'Description-sr@latin.UTF-8: Koji?',
      '',
      'Template: c/d',
      'Type: note',
      'Description-ast.UTF-8: x',
      '',
    ];
    const left = withoutTranslations(templates.join('\n')).split('\n');
    expect(left).toEqual([...templates.slice(0, 4), ...templates.slice(5, 7), '', ...templates.slice(13, 15), '']);
  });
});

describe('a cpio archive', () => {
  it('comes back as it was, device nodes and odd lengths included', () => {
    expect(readCpio(writeCpio(MEMBERS))).toEqual(MEMBERS);
  });

  it('is the same bytes whatever order it was filled in', () => {
    const reversed = new Map([...MEMBERS].reverse());
    expect(writeCpio(reversed).equals(writeCpio(MEMBERS))).toBe(true);
  });

  it("is read by the system's own cpio", async () => {
    await writeFile(at('a.cpio'), writeCpio(MEMBERS));
    const listed = execFileSync('cpio', ['-it', '--quiet'], { input: await readFile(at('a.cpio')) });
    expect(listed.toString().trim().split('\n')).toEqual([...MEMBERS.keys()].sort());
  });

  it("reads the system's own, with hard links", async () => {
    await writeFile(at('one'), 'content');
    execFileSync('ln', [at('one'), at('two')]);
    const archive = execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], { cwd: dir, input: './one\n./two\n' });
    const members = readCpio(archive);
    expect([...members.keys()]).toEqual(['one', 'two']);
    expect([...members.values()].map(({ data }) => data.toString())).toEqual(['content', 'content']);
  });

  it('that is none is refused', () => {
    expect(() => readCpio(Buffer.from('not an archive, but long enough to be asked'.repeat(9)))).toThrow(
      expect.objectContaining({ code: 'source-unsafe' }),
    );
  });
});

const aPackage = (name: string, fields: Record<string, string> = {}): ArchivePackage => ({
  name,
  version: '2',
  filename: '',
  sha256: '',
  sizeBytes: 0,
  fields: new Map(Object.entries(fields)),
});

describe("the installer's initrd", () => {
  const initrd = () => new Initrd(writeCpio(MEMBERS), 42);
  const content = (changed: Initrd) => readCpio(changed.toBuffer());

  it('takes a folder through its own links: /lib stays a link', async () => {
    await mkdir(at('pkg/lib/x'), { recursive: true });
    await writeFile(at('pkg/lib/x/libx.so.1'), 'x');
    await symlink('libx.so.1', at('pkg/lib/x/libx.so'));
    const changed = initrd();
    await changed.addFolder(at('pkg'));
    const members = content(changed);
    expect(isLink(members.get('lib') as CpioMember)).toBe(true);
    expect(members.get('usr/lib/x/libx.so.1')).toMatchObject({ mode: FILE | 0o644, mtimeS: 42 });
    expect(members.get('usr/lib/x/libx.so')?.data.toString()).toBe('libx.so.1');
    expect(members.has('usr/lib/x')).toBe(true);
  });

  it('indexes modules again when one was added since, however old it is', async () => {
    const members = new Map([...MEMBERS, member('usr/sbin/depmod', LINK | 0o777, '../bin/kmod')]);
    const changed = new Initrd(writeCpio(members), 42);
    changed.indexOnlyWhatIsNew();
    const after = content(changed);
    expect(after.get('usr/sbin/depmod')).toMatchObject({ mode: FILE | 0o755 });
    expect(after.get('usr/lib/goldsmith/depmod')?.data.toString()).toBe('../../sbin/../bin/kmod');

    const script = after.get('usr/sbin/depmod')?.data.toString() ?? '';
    await mkdir(at('modules/6.1/kernel'), { recursive: true });
    const depmod = () =>
      execFileSync(
        'sh',
        ['-c', script.replace('/lib/modules', at('modules')).replace(/\S*goldsmith.depmod/, 'echo'), 'depmod', '-a'],
        {
          encoding: 'utf8',
        },
      ).trim();
    await writeFile(at('modules/6.1/kernel/a.ko.xz'), '');
    await writeFile(at('modules/6.1/modules.dep'), 'kernel/a.ko.xz:\n');
    expect(depmod()).toBe('');
    await writeFile(at('modules/6.1/kernel/b.ko'), '');
    await utimes(at('modules/6.1/kernel/b.ko'), 1, 1);
    expect(depmod()).toBe('-a');
    await writeFile(at('modules/6.1/modules.dep'), 'kernel/a.ko.xz:\nkernel/b.ko: kernel/a.ko.xz\n');
    expect(depmod()).toBe('');
    await rm(at('modules/6.1/modules.dep'));
    expect(depmod()).toBe('-a');
  });

  it('takes of an ordinary package programs and libraries, no documents and no units', async () => {
    for (const name of ['usr/bin/a', 'etc/a.conf', 'etc/cron.d/a', 'usr/share/doc/a', 'usr/lib/systemd/a.service']) {
      await mkdir(path.dirname(at(`pkg/${name}`)), { recursive: true });
      await writeFile(at(`pkg/${name}`), 'a');
    }
    await chmod(at('pkg/usr/bin/a'), 0o700);
    const changed = initrd();
    await changed.addPrograms(at('pkg'));
    const added = [...content(changed).keys()].filter(name => !MEMBERS.has(name) && name.endsWith('a') === true);
    expect(added).toEqual(['usr/bin/a']);
    expect(content(changed).has('etc/a.conf')).toBe(true);
    expect(content(changed).get('usr/bin/a')?.mode).toBe(FILE | 0o755);
  });

  it('takes a part of the installer as udpkg would have unpacked it', async () => {
    await mkdir(at('content/lib/partman'), { recursive: true });
    await writeFile(at('content/lib/partman/a.sh'), 'a');
    await chmod(at('content/lib/partman/a.sh'), 0o700);
    await mkdir(at('control'));
    for (const name of ['control', 'md5sums', 'postinst', 'templates']) await writeFile(at(`control/${name}`), name);
    const changed = initrd();
    await changed.addUdeb(aPackage('partman'), at('content'), at('control'));
    const members = content(changed);
    expect(members.get('var/lib/dpkg/info/partman.postinst')?.mode).toBe(FILE | 0o755);
    expect(members.has('var/lib/dpkg/info/partman.templates')).toBe(true);
    expect(members.has('var/lib/dpkg/info/partman.control')).toBe(false);
    // The partitioner passes over a script that is not executable.
    expect(members.get('usr/lib/partman/a.sh')?.mode).toBe(FILE | 0o755);
  });

  it('tells its dpkg of the other kernel and of what it was given', () => {
    const changed = initrd();
    const twin = { ...aPackage('kernel-image-6.0-di'), version: '6.0-3' };
    const given = aPackage('e2fsprogs-udeb', {
      Provides: 'mkfs',
      Depends: 'libc6-udeb',
      Size: '1',
      'Installer-Menu-Item': '5',
    });
    const repair = {
      kernel: '6.0',
      modules: [twin],
      onBoard: [],
      substitutes: [{ udeb: given, packages: [] }],
      skipped: [],
    };
    changed.updateStatus(repair, '6.1');
    const [kernel, added] = changed.installed();
    expect(Object.fromEntries(kernel ?? [])).toMatchObject({
      Package: 'kernel-image-6.0-di',
      Version: '6.0-3',
      Depends: 'x-6.0-di',
    });
    expect(Object.fromEntries(added ?? [])).toEqual({
      Package: 'e2fsprogs-udeb',
      Status: 'install ok unpacked',
      Version: '2',
      Provides: 'mkfs',
      Depends: 'libc6-udeb',
      'Installer-Menu-Item': '5',
    });
  });

  it('gives up the modules of its old kernel', () => {
    const changed = initrd();
    changed.remove('usr/lib/modules/6.1');
    expect([...content(changed).keys()].filter(name => name.includes('6.1'))).toEqual([]);
  });
});

describe('a Debian package', () => {
  beforeEach(async () => {
    await mkdir(at('data/usr/bin'), { recursive: true });
    await writeFile(at('data/usr/bin/a'), 'program');
    await writeFile(at('data/usr/bin/b'), 'other');
    await writeFile(at('debian-binary'), '2.0\n');
    await mkdir(at('ctl'));
    await writeFile(at('ctl/control'), 'Package: a\n');
    execFileSync('tar', ['-cJf', at('data.tar.xz'), '-C', at('data'), '.']);
    execFileSync('tar', ['-cJf', at('control.tar.xz'), '-C', at('ctl'), '.']);
    await writeFile(at('a.deb'), await archiveOf(['debian-binary', 'control.tar.xz', 'data.tar.xz']));
  });

  /** An `ar` archive as dpkg-deb writes it. */
  async function archiveOf(names: string[]): Promise<Buffer> {
    const parts = [Buffer.from('!<arch>\n')];
    for (const name of names) {
      const data = await readFile(at(name));
      const head = `${name.padEnd(16)}${'0'.padEnd(12)}0     0     100644  ${String(data.length).padEnd(10)}\`\n`;
      parts.push(Buffer.from(head), data, Buffer.from(data.length % 2 ? '\n' : ''));
    }
    return Buffer.concat(parts);
  }

  it('is unpacked whole or in part, and so is what it says of itself', async () => {
    await unpackDeb(at('a.deb'), at('out'), signal);
    expect(await readFile(at('out/usr/bin/b'), 'utf8')).toBe('other');
    await unpackDeb(at('a.deb'), at('part'), signal, ['./usr/bin/a']);
    await expect(readFile(at('part/usr/bin/b'))).rejects.toThrow();
    await unpackControl(at('a.deb'), at('about'), signal);
    expect(await readFile(at('about/control'), 'utf8')).toBe('Package: a\n');
  });

  it.each(['', '!<arch>\nrubbish', 'PK'])('that is none is refused: %j', async text => {
    await writeFile(at('bad.deb'), text);
    await expect(unpackDeb(at('bad.deb'), at('out'), signal)).rejects.toMatchObject({ code: 'source-unsafe' });
  });
});
