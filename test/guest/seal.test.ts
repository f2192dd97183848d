import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keyBody, makeBuildKeys } from '../../core/guest/keys.ts';
import { FAMILIES, familyOf } from '../../core/guest/seal/family.ts';
import { allSealItems, GUEST_FAMILIES, type GuestFamily, readItem, sealLibrary } from '../../core/guest/seal/items.ts';
import { MARK, sealScript } from '../../core/guest/seal/script.ts';
import { type SealOptions, seal, sealItems } from '../../core/guest/seal/seal.ts';
import { FakeRoot } from './fake-root.ts';
import { LoggedIn } from './logged-in.ts';

const keys = makeBuildKeys('sealed');
const stamp = { image: 'debian-13', version: '1.2.0', build: 'b1', builtAt: '2026-11-21T00:00:00Z', recipe: 'a "b"' };

const roots: FakeRoot[] = [];
const root = (files: Record<string, string> = {}): FakeRoot => {
  const made = new FakeRoot(files);
  roots.push(made);
  return made;
};
afterEach(() => {
  for (const made of roots.splice(0)) made.remove();
});

const SHELLS = [
  ['dash', ['sh', '-s']],
  ['busybox', ['busybox', 'sh', '-s']],
] as const;

/** Runs items in a fake root, in a shell of this host. */
function run(at: FakeRoot, family: GuestFamily, names: string[] | 'all', shell: readonly string[] = ['sh', '-s']) {
  const items = sealItems(family).filter(({ name }) => names === 'all' || names.includes(name));
  const input = sealScript(items, {
    buildKey: keys.clientKey.publicLine,
    stamp,
    root: at.dir,
    family,
    forbidden: [keyBody(keys.clientKey.publicLine), keyBody(keys.hostKey.publicLine)],
  });
  const [command = '', ...args] = shell;
  const env = { PATH: `${at.dir}/bin:${process.env.PATH}`, LC_ALL: 'C' };
  const { status, stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8', env });
  return { status, lines: `${stdout}${stderr}`.split('\n').filter(line => line !== '') };
}

const DEBIAN = {
  'usr/bin/ssh-keygen': '',
  'usr/lib/systemd/system/ssh.service': '',
  'etc/ssh/ssh_host_ed25519_key': 'private',
  'etc/ssh/ssh_host_ed25519_key.pub': keys.hostKey.publicLine,
  'etc/ssh/sshd_config': 'Port 22\n',
  'root/.ssh/authorized_keys': `${keys.clientKey.publicLine}\n`,
  'srv/work/.ssh/authorized_keys': `# mine\nssh-ed25519 AAAAother me\nfrom="10.*" ${keys.clientKey.publicLine}\n`,
  'etc/machine-id': '0123\n',
  'var/lib/dbus/machine-id': '0123\n',
  'var/lib/dhcp/dhclient.ens3.leases': 'lease {}',
  'var/log/installer/cdebconf/questions.dat': `$6$hash ${keys.clientKey.publicLine}`,
  'var/cache/debconf/passwords.dat': 'x',
  'var/log/syslog': 'line\n',
  'var/log/syslog.1': 'line\n',
  'var/log/dpkg.log.2.gz': 'line\n',
  'var/log/journal/0123/system.journal': 'x',
  'var/log/apt/history.log': 'x',
  'var/cache/apt/archives/a_1_amd64.deb': 'x',
  'var/lib/apt/lists/deb_Packages': 'x',
  'var/lib/systemd/random-seed': 'x',
  'root/.bash_history': 'passwd\n',
  'srv/work/.python_history': 'x',
  'tmp/script_1.sh': 'x',
  'tmp/with space/a': 'x',
  'tmp/systemd-private-1/x': 'x',
  'etc/resolv.conf': 'search lan\nnameserver 10.0.2.3\nnameserver 9.9.9.9\n',
  'etc/hosts': '127.0.0.1 localhost\n10.0.2.15 box\n',
  'var/lib/cloud/instance/user-data.txt': 'x',
  'var/lib/NetworkManager/secret_key': 'x',
  'etc/udev/rules.d/70-persistent-net.rules': 'x',
};

/** A Debian that can make itself new host keys. */
const debian = (): FakeRoot => {
  const made = root(DEBIAN);
  made.program('usr/bin/ssh-keygen', '');
  return made;
};

describe.each(SHELLS)('a Debian root, in %s', (_name, shell) => {
  it('is sealed, and everything that was done is told', () => {
    const at = debian();
    const { status, lines } = run(at, 'debian', 'all', shell);
    expect(lines.at(-1)).toBe(`${MARK}end`);
    expect(status).toBe(0);
    const kept = [
      'etc/ssh/sshd_config',
      'etc/machine-id',
      'tmp/systemd-private-1/x',
      'usr/bin/ssh-keygen',
      'var/log/syslog',
      'var/log/apt/history.log',
      'etc/passwd',
    ];
    for (const name of kept) expect(at.has(name), name).toBe(true);
    const gone = [
      'etc/ssh/ssh_host_ed25519_key',
      'etc/ssh/ssh_host_ed25519_key.pub',
      'root/.ssh/authorized_keys',
      'var/log/installer',
      'var/lib/dhcp/dhclient.ens3.leases',
      'var/log/syslog.1',
      'var/log/dpkg.log.2.gz',
      'var/log/journal/0123',
      'var/cache/apt/archives/a_1_amd64.deb',
      'var/lib/apt/lists/deb_Packages',
      'var/lib/systemd/random-seed',
      'root/.bash_history',
      'srv/work/.python_history',
      'tmp/script_1.sh',
      'tmp/with space',
      'var/lib/cloud/instance',
      'var/lib/NetworkManager/secret_key',
      'etc/udev/rules.d/70-persistent-net.rules',
      'var/cache/debconf/passwords.dat',
    ];
    for (const name of gone) expect(at.has(name), name).toBe(false);
    for (const name of ['etc/machine-id', 'var/log/syslog', 'var/log/apt/history.log']) expect(at.text(name)).toBe('');
    expect(at.text('srv/work/.ssh/authorized_keys')).toBe('# mine\nssh-ed25519 AAAAother me\n');
    expect(at.text('etc/resolv.conf')).toBe('search lan\nnameserver 9.9.9.9\n');
    expect(at.text('etc/hosts')).toBe('127.0.0.1 localhost\n');
    expect(at.text('etc/goldsmith-release')).toBe(
      'IMAGE=debian-13\nVERSION=1.2.0\nBUILD=b1\nBUILT_AT=2026-11-21T00:00:00Z\nRECIPE="a _b_"\n',
    );
    expect(lines).toContain('removed /tmp/with space');
    expect(lines).toContain('removed 1 files in /var/cache/apt/archives');
    expect(lines).toContain('changed /srv/work/.ssh/authorized_keys');
    expect(lines.join()).not.toContain(at.dir);
  });

  it('can be sealed twice', () => {
    const at = debian();
    run(at, 'debian', 'all', shell);
    const { status, lines } = run(at, 'debian', 'all', shell);
    expect(status).toBe(0);
    expect(lines.filter(line => /^(removed|emptied|changed)/.test(line))).toEqual([]);
  });
});

describe('SSH host keys come back', () => {
  const comesBack = (at: FakeRoot, family: GuestFamily) => run(at, family, ['hostkeys-return', 'ssh-hostkeys']);
  const key = { 'etc/ssh/ssh_host_rsa_key': 'x' };

  it('by a unit of our own on Debian, in an order without a circle', () => {
    const at = root({ ...key, 'usr/bin/ssh-keygen': '', 'lib/systemd/system/ssh.service': '' });
    at.program('usr/bin/ssh-keygen', '');
    expect(comesBack(at, 'debian').status).toBe(0);
    const unit = at.text('etc/systemd/system/goldsmith-hostkeys.service') ?? '';
    expect(unit).toContain('ExecStart=/usr/bin/ssh-keygen -A');
    expect(unit).not.toContain('ssh.socket');
    expect(at.has('etc/systemd/system/ssh.service.wants/goldsmith-hostkeys.service')).toBe(true);
    expect(at.has('etc/ssh/ssh_host_rsa_key')).toBe(false);
  });

  it.each([
    ['redhat', { 'usr/lib/systemd/system/sshd-keygen@.service': '' }],
    ['alpine', { 'etc/init.d/sshd': 'start_pre() {\n  ssh-keygen -A\n}\n' }],
    ['alpine', { 'etc/init.d/dropbear': 'command_args="-p 22 -R"\n/usr/sbin/dropbear -R\n' }],
    ['tiny', { 'etc/init.d/rcS': "ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key\n" }],
    ['openbsd', { 'etc/rc': 'make_keys() {\n ssh-keygen -A\n}\n' }],
    ['freebsd', { 'etc/rc.d/sshd': 'sshd_keygen_alg()\n' }],
  ] as const)('by what %s has itself', (family, files) => {
    const at = root({ ...key, ...files });
    expect(comesBack(at, family)).toMatchObject({ status: 0 });
    expect(at.has('etc/ssh/ssh_host_rsa_key')).toBe(false);
    expect(at.has('etc/systemd')).toBe(false);
  });

  it.each(GUEST_FAMILIES)('or they are not removed: %s with nothing that makes them', family => {
    const at = root(key);
    const { status, lines } = comesBack(at, family);
    expect(status).not.toBe(0);
    expect(lines.join()).toContain('Nothing in this guest would make new SSH host keys');
    expect(at.has('etc/ssh/ssh_host_rsa_key')).toBe(true);
  });
});

describe('other items', () => {
  it('name the file that still holds a key of the build', () => {
    const at = root({ 'etc/cloud/seed.cfg': `key: ${keys.clientKey.publicLine}` });
    const { status, lines } = run(at, 'debian', ['leftover-keys']);
    expect(status).not.toBe(0);
    expect(lines.join()).toContain('/etc/cloud/seed.cfg');
    const other = root({ 'var/lib/x': keys.hostKey.publicLine });
    expect(run(other, 'debian', ['leftover-keys']).status).not.toBe(0);
  });

  it('take hardware out of Red Hat’s network files', () => {
    const at = root({
      'etc/sysconfig/network-scripts/ifcfg-ens3': 'DEVICE=ens3\nHWADDR=52:54:00:12:34:56\nUUID=1\nONBOOT=yes\n',
      'etc/NetworkManager/system-connections/ens3.nmconnection':
        '[connection]\nid=ens3\nuuid=1\ntype=ethernet\n\n[ethernet]\nmac-address=52:54:00:12:34:56\n',
      'etc/lvm/devices/system.devices': 'x',
    });
    run(at, 'redhat', ['udev-persistent-net', 'net-nmconn']);
    expect(at.text('etc/sysconfig/network-scripts/ifcfg-ens3')).toBe('DEVICE=ens3\nONBOOT=yes\n');
    expect(at.text('etc/NetworkManager/system-connections/ens3.nmconnection')).toBe(
      '[connection]\nid=ens3\ntype=ethernet\n\n[ethernet]\n',
    );
    expect(at.has('etc/lvm/devices/system.devices')).toBe(false);
  });

  it('clear swap space and give it its name again', () => {
    const at = root();
    const swap = path.join(at.dir, 'swapfile');
    writeFileSync(swap, Buffer.alloc(68 * 1024, 'secret'));
    at.add({ 'proc/swaps': `Filename Type Size Used Priority\n${swap} file 64 0 -2\n/dev/zram0 partition 64 0 100\n` });
    at.program('bin/swapoff', `#!/bin/sh\necho "swapoff $*" >>${at.dir}/calls\n`);
    at.program('bin/blkid', '#!/bin/sh\ncase "$*" in *UUID*) echo 11-22;; esac\n');
    at.program('bin/mkswap', `#!/bin/sh\necho "mkswap $*" >>${at.dir}/calls\n`);
    const { status, lines } = run(at, 'debian', ['swap']);
    expect(status).toBe(0);
    expect(lines).toContain(`cleared ${swap}`);
    expect(at.text('calls')).toBe(`swapoff ${swap}\nmkswap -U 11-22 ${swap}\n`);
    expect(at.text('swapfile')).toBe('\0'.repeat(68 * 1024));
  });

  it('remove what the BSDs make anew', () => {
    const at = root({
      'etc/soii.key': 'x',
      'etc/random.seed': 'x',
      'var/db/dhcpleased/vio0': 'x',
      'etc/machine-id': 'keep',
    });
    run(at, 'openbsd', ['host-identity', 'random-seed', 'dhcp-client-state', 'machine-id']);
    expect([at.has('etc/soii.key'), at.has('etc/random.seed'), at.has('var/db/dhcpleased/vio0')]).toEqual([
      false,
      false,
      false,
    ]);
    expect(at.text('etc/machine-id')).toBe('keep');
  });

  it('stop at the first that fails, and show why', () => {
    const at = root({ 'etc/ssh/ssh_host_rsa_key': 'x' });
    const { lines } = run(at, 'debian', 'all');
    expect(lines.at(-1)).toContain('Nothing in this guest');
    expect(at.has('etc/goldsmith-release')).toBe(false);
  });
});

describe('the table', () => {
  it('has whole rows, each for somebody, with POSIX sh that shells can read', () => {
    const names = allSealItems().map(item => item.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names[0]).toBe('hostkeys-return');
    expect(names.at(-1)).toBe('trim');
    for (const item of allSealItems()) {
      expect(item.families.length, item.name).toBeGreaterThan(0);
      expect(item.why.length, item.name).toBeGreaterThan(10);
      for (const [, shell] of SHELLS) {
        const words = [...shell.slice(0, -1), '-n'];
        expect(
          spawnSync(words[0] ?? '', words.slice(1), { input: sealLibrary() + item.script }).status,
          item.name,
        ).toBe(0);
      }
    }
  });

  it('refuses a row without a title, or with a family nobody has', () => {
    expect(() => readItem('10-x.sh', '# families: all\n# why: y\n')).toThrow('# title:');
    expect(() => readItem('10-x.sh', '# title: x\n# families: debian plan9\n# why: y\n')).toThrow('plan9');
  });

  it('knows every family by its own name', () => {
    for (const family of GUEST_FAMILIES) expect(FAMILIES[family]).toBe(family);
  });
});

describe('through SSH', () => {
  let at: LoggedIn;
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-extra-'));
  beforeAll(async () => {
    at = await LoggedIn.start();
  });
  afterAll(async () => {
    await at.stop();
    rmSync(dir, { recursive: true });
  });
  afterEach(() => {
    at.scope.events.length = 0;
  });
  /** Never without a root: this host is no guest. */
  const options = (fake: FakeRoot, more: Partial<SealOptions> = {}): SealOptions => ({
    root: fake.dir,
    family: 'debian',
    skip: [],
    extra: [],
    buildKey: keys.clientKey.publicLine,
    stamp,
    ...more,
  });
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) console.log('skipped: sealing through SSH needs root here');

  it.skipIf(!isRoot)('seals, reports what each item did, and leaves out what the lab leaves out', async () => {
    const fake = debian();
    const script = path.join(dir, 'extra.sh');
    writeFileSync(script, 'echo extra ran as $(id -u)\n');
    const report = await seal(at.scope, at.guest, options(fake, { skip: ['logfiles'], extra: [script] }));
    expect(report).toMatchObject({ family: 'debian', skipped: ['logfiles'] });
    expect(report.items.find(item => item.name === 'ssh-hostkeys')?.removed).toEqual([
      'removed /etc/ssh/ssh_host_ed25519_key',
      'removed /etc/ssh/ssh_host_ed25519_key.pub',
    ]);
    expect(fake.text('var/log/syslog')).toBe('line\n');
    expect(at.scope.lines('seal').slice(0, 2)).toEqual(['extra ran as 0', 'SSH host keys come back at first boot']);
    expect(at.scope.lines('seal')).toContain('  removed /root/.ssh/authorized_keys');
  });

  it.skipIf(!isRoot)('fails with the item, its words and what to do', async () => {
    const fake = root({ 'etc/ssh/ssh_host_rsa_key': 'x' });
    await expect(seal(at.scope, at.guest, options(fake))).rejects.toMatchObject({
      code: 'seal-failed',
      message: expect.stringContaining('at "hostkeys-return": Nothing in this guest'),
      hint: expect.stringContaining('skip'),
    });
    const broken = path.join(dir, 'broken.sh');
    writeFileSync(broken, 'echo no; exit 3\n');
    await expect(seal(at.scope, at.guest, options(debian(), { extra: [broken] }))).rejects.toMatchObject({
      code: 'seal-failed',
      details: { exitCode: 3, lastLines: ['no'] },
    });
  });

  it('names the nearest item, and a guest it does not know', async () => {
    await expect(seal(at.scope, at.guest, options(root(), { skip: ['logfile'] }))).rejects.toMatchObject({
      code: 'bad-lab',
      hint: 'Did you mean logfiles?',
    });
    await expect(seal(at.scope, at.guest, options(root(), { family: 'plan9' }))).rejects.toMatchObject({
      code: 'seal-failed',
      hint: expect.stringContaining('openbsd'),
    });
  });

  it('finds the family of this host', async () => {
    expect(GUEST_FAMILIES).toContain(await familyOf(at.guest, undefined));
  });
});
