import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readRecipe } from '../../core/recipe/read.ts';

const RECIPE = path.resolve('packer/debian');
const HTTP = path.join(RECIPE, 'http');

const read = (variables: Record<string, string> = {}, env: Record<string, string> = {}) =>
  readRecipe(RECIPE, { variables, env });
const typed = async (variables: Record<string, string> = {}, env: Record<string, string> = {}): Promise<string> =>
  (await read({ iso_boot_loader: 'grub', ...variables }, env)).builders[0]?.source.bootCommand.join('') ?? '';

describe("the Debian recipe's kernel line", () => {
  it('is what the installer needs and nothing of a mirror that nobody named', async () => {
    const line = await typed();
    expect(line).toContain('linux /install.amd/vmlinuz auto=true priority=critical mirror/suite=trixie');
    expect(line).toContain('preseed/url=http://{{ .HTTPIP }}:{{ .HTTPPort }}/preseed.cfg');
    expect(line).not.toContain('mirror/http');
    expect(line).toContain('apt-setup/services-select=updates pkgsel');
  });

  it("has the mirror of the host's own apt", async () => {
    const line = await typed(
      {},
      { GOLDSMITH_MIRROR_HOST: 'mirror.example:8080', GOLDSMITH_MIRROR_DIRECTORY: '/debian' },
    );
    expect(line).toContain('mirror/http/hostname=mirror.example:8080 mirror/http/directory=/debian');
  });

  it('has what the variables say', async () => {
    const line = await typed({
      hostname: 'web1',
      locale: 'de_DE.UTF-8',
      keyboard: 'de',
      timezone: 'Europe/Berlin',
      layout: 'lvm',
      packages: '["qemu-guest-agent","g++"]',
      security_host: 'sec.example',
      http_proxy: 'http://proxy:3128',
    });
    for (const part of [
      'hostname=web1',
      'locale=de_DE.UTF-8',
      'keyboard-configuration/xkb-keymap=de',
      'time/zone=Europe/Berlin',
      'partman-auto/method=lvm',
      'pkgsel/include=qemu-guest-agent,g++',
      'apt-setup/services-select=security,updates apt-setup/security_host=sec.example',
      'mirror/http/proxy=http://proxy:3128 no_proxy={{ .HTTPIP }}',
    ]) {
      expect(line).toContain(part);
    }
  });

  it('stays within what the kernel takes: 2048 characters, 32 arguments with and 32 without a value', async () => {
    const line = await typed({ packages: '["a1","b2"]', security_host: 's', http_proxy: 'http://p:1' });
    const args = (/vmlinuz (.*?)---/.exec(line)?.[1] ?? '').trim().split(' ');
    // The kernel passes arguments without a dot in their name to init: too many, and it panics (init/main.c).
    expect(args.filter(arg => !arg.split('=')[0]?.includes('.')).length).toBeLessThan(32);
    expect(line.length).toBeLessThan(1500);
  });

  it("is typed at ISOLINUX for Debian's own ISO with BIOS, at GRUB with UEFI", async () => {
    const bios = await read();
    expect(bios.builders[0]?.source.bootCommand.join('')).toMatch(/^<esc>/);
    const efi = await read({ firmware: 'efi' });
    expect(efi.builders[0]?.source.bootCommand.join('')).toMatch(/^c<wait>/);
    expect(efi.builders[0]?.source.qemuArgs.flat()).toContain('-bios');
  });
});

describe('a bad variable', () => {
  it.each([
    ['hostname', 'Web_1'],
    ['hostname', ''],
    ['username', 'root user'],
    ['locale', 'german'],
    ['keyboard', 'de nodeadkeys'],
    ['timezone', 'Europe/Ber lin'],
    ['mirror', 'http://mirror'],
    ['mirror_directory', 'debian'],
    ['http_proxy', 'proxy:3128'],
    ['security_host', 'a/b'],
    ['upgrade', 'yes'],
    ['packages', '["vim; reboot"]'],
    ['layout', 'zfs'],
    ['firmware', 'uefi'],
    ['memory', '512'],
    ['cpus', '0'],
  ])('%s = %j is refused before anything is made', async (name, value) => {
    await expect(read({ [name]: value })).rejects.toMatchObject({
      code: 'bad-recipe',
      message: expect.stringContaining(name),
    });
  });
});

describe("Debian's own Packer", () => {
  const isThere = (() => {
    try {
      return execFileSync('packer', ['version'], { stdio: 'pipe' }).toString().startsWith('Packer v1.6.');
    } catch {
      return false;
    }
  })();

  it.skipIf(!isThere)('finds the recipe valid, and an unknown layout not', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-packer-'));
    await writeFile(path.join(dir, 'a.iso'), 'x');
    const iso = ['-var', `iso_url=${path.join(dir, 'a.iso')}`, '-var', 'iso_checksum=none'];
    const validate = (...more: string[]) => spawnSync('packer', ['validate', ...iso, ...more, '.'], { cwd: RECIPE });
    expect(validate().status).toBe(0);
    expect(validate('-var', 'firmware=efi', '-var', 'packages=["vim"]').status).toBe(0);
    expect(validate('-var', 'layout=zfs').stdout.toString()).toContain('plain, lvm or encrypted');
    await rm(dir, { recursive: true });
  });
});

describe('the scripts in the installer', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-preseed-'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(dir, { recursive: true });
  });

  /** A part of a script, run by the installer's kind of shell. */
  const run = (script: string, input = ''): string =>
    execFileSync('busybox', ['sh', '-e', '-c', script], { cwd: dir, input }).toString();

  const functionOf = (script: string, name: string): string => {
    const found = new RegExp(`^${name}\\(\\) \\{.*\\}$|^${name}\\(\\) \\{[\\s\\S]*?^\\}$`, 'm').exec(script)?.[0];
    if (!found) throw new Error(`no function ${name}`);
    return found;
  };

  it.each(['early.sh', 'late.sh', 'debootstrap.sh'])('%s is one that the shell can read', async name => {
    execFileSync('busybox', ['sh', '-n', path.join(HTTP, name)]);
  });

  it('loads every answer of the file, with the spaces in it, known question or not', async () => {
    const early = await readFile(path.join(HTTP, 'early.sh'), 'utf8');
    await writeFile(
      path.join(dir, 'a.cfg'),
      '# no\n\nd-i a/known string one two, three\nd-i b/new boolean true\nd-i c/empty string\n',
    );
    const debconf = `
      known=" a/known c/empty "
      db_set() { case "$known" in *" $1 "*) echo "$1=[$2]" ;; *) return 10 ;; esac; }
      db_register() { known="$known$2 "; echo "register $2"; }
      db_subst() { :; }
      db_fset() { echo "seen $1 $3"; }`;
    const out = run(
      `${debconf}\n${functionOf(early, 'answer')}\n${functionOf(early, 'load_answers')}\nload_answers a.cfg`,
    );
    expect(out.trim().split('\n')).toEqual([
      'a/known=[one two, three]',
      'seen a/known true',
      'register b/new',
      'b/new=[true]',
      'seen b/new true',
      'c/empty=[]',
      'seen c/empty true',
    ]);
  });

  describe("what stands in debootstrap's place", () => {
    const ARGUMENTS = ['--components=main', '--debian-installer', '--resolve-deps', '--include=a,b', '--exclude=c'];
    const PLACES = ['trixie', 'target', 'http://m/debian'];

    const beside = (...names: string[]) => path.join(dir, 'target/var/tmp/beside', ...names);

    /**
     * @param work what debootstrap does
     * @returns what it was started with
     */
    async function start(args: string[], { wget = 'false', work = ':' } = {}): Promise<string> {
      const script = await readFile(path.join(HTTP, 'debootstrap.sh'), 'utf8');
      const here = script
        .replace('/usr/sbin/debootstrap.debian', './real.sh')
        .replace('/usr/share/debootstrap/functions', 'functions')
        .replaceAll(/(?<!^beside=)\/var\/tmp\/beside/gm, beside())
        .replaceAll('/usr/bin/deb-systemd-helper', 'bin/deb-systemd-helper');
      await writeFile(path.join(dir, 'script.sh'), here);
      await writeFile(path.join(dir, 'functions'), 'PATH=/sbin:/usr/sbin:/bin:/usr/bin eval "$@"\n');
      const real = `#!/bin/sh\necho "$@"\nls target/etc/dpkg/dpkg.cfg.d 2> /dev/null; ${work}\n`;
      await writeFile(path.join(dir, 'real.sh'), real, { mode: 0o755 });
      await mkdir(path.join(dir, 'target'), { recursive: true });
      const programs = `wget() { echo "$@" >> asked; ${wget}; }; udpkg() { echo amd64; }; logger() { :; }`;
      const chroot = `chroot() { sh -e ${beside('do-later')}; }`;
      return run(`set +e; ${programs}; ${chroot}; . ./script.sh ${args.join(' ')}`);
    }
    const asked = () => readFile(path.join(dir, 'asked'), 'utf8').catch(() => '');

    async function writeBase(): Promise<void> {
      const lists = path.join(dir, 'tree/var/lib/apt/lists/whole');
      await mkdir(lists, { recursive: true });
      await mkdir(path.join(dir, 'tree/debootstrap'), { recursive: true });
      await writeFile(path.join(lists, 'index'), 'all');
      await writeFile(path.join(dir, 'tree/debootstrap/base'), 'a b');
      execFileSync('tar', ['-C', path.join(dir, 'tree'), '-cf', path.join(dir, 'base.tar'), '.']);
    }

    it('gives debootstrap the packages that came, and apt the whole index', async () => {
      await writeBase();
      const started = await start([...ARGUMENTS, ...PLACES], { wget: 'cat base.tar' });
      expect(started.split('\n')[0]).toBe(`--unpack-tarball=/tmp/none.tar ${[...ARGUMENTS, ...PLACES].join(' ')}`);
      expect(started).toContain('goldsmith-install');
      // An archive that broke off is not to be asked for twenty times, as wget would.
      expect(await asked()).toContain(
        '--tries=1 -q -O - http://goldsmith.invalid/base.tar?mirror=http://m/debian&suite=trixie&include=a,b&exclude=c',
      );
      expect(await readFile(path.join(dir, 'target/var/lib/apt/lists/index'), 'utf8')).toBe('all');
    });

    describe('has what can wait done beside the installation, which goes on meanwhile', () => {
      const CALLS = [
        'py3compile -p a',
        'update-ca-certificates --hooksdir ""',
        'deb-systemd-helper unmask a.service',
        'deb-systemd-helper --quiet was-enabled a.service && deb-systemd-helper enable a.service',
        'deb-systemd-helper debian-installed b.socket || deb-systemd-helper update-state b.socket',
        "deb-systemd-helper --user enable 'c\\x2dd.service'",
        'deb-systemd-helper enable d.timer',
        'deb-systemd-helper disable e.service',
        'py3compile -p b',
        'update-ca-certificates',
      ];
      const done = () => readFile(path.join(dir, 'done'), 'utf8').catch(() => '');

      beforeEach(async () => {
        await writeBase();
        await mkdir(path.join(dir, 'bin'));
        const program = `#!/bin/sh\nuntil [ -e on ] || [ "$1" = disable ]; do sleep 0.05; done\nprintf '%s\\n' "\${0##*/}\${*:+ $*}" >> ${dir}/done\n[ ! -e ${dir}/bad ]\n`;
        for (const name of ['py3compile', 'update-ca-certificates', 'deb-systemd-helper']) {
          await writeFile(path.join(dir, 'bin', name), program.replaceAll('[ -e on ]', `[ -e ${dir}/on ]`), {
            mode: 0o755,
          });
        }
        await writeFile(path.join(dir, 'bin/mount'), '#!/bin/sh\n', { mode: 0o755 });
        vi.stubEnv('PATH', `${path.join(dir, 'bin')}:${process.env['PATH']}`);
        // What started it reads its output to the end, as the installer does.
        await start([...ARGUMENTS, ...PLACES], {
          wget: 'cat base.tar',
          work: `PATH="$(sed 's#^PATH=\\([^:]*\\):.*#target\\1#' functions):$PATH"; ${CALLS.join('; ')}`,
        });
      });

      it('once, and units that are treated alike at once', async () => {
        expect([await done(), existsSync(beside('running.do-later')), existsSync(beside('noters'))]).toEqual([
          'deb-systemd-helper disable e.service\n',
          true,
          false,
        ]);
        await writeFile(path.join(dir, 'on'), '');
        await expect.poll(() => existsSync(beside('running.do-later'))).toBe(false);
        expect((await done()).split('\n')).toEqual([
          'deb-systemd-helper disable e.service',
          'deb-systemd-helper --user enable c\\x2dd.service',
          'deb-systemd-helper enable a.service d.timer',
          'deb-systemd-helper update-state b.socket',
          'py3compile -p a',
          'update-ca-certificates',
          'py3compile -p b',
          '',
        ]);
        expect(existsSync(beside('failed'))).toBe(false);
      });

      it('and says what failed', async () => {
        await writeFile(path.join(dir, 'bad'), '');
        await writeFile(path.join(dir, 'on'), '');
        await expect.poll(() => existsSync(beside('running.do-later'))).toBe(false);
        expect(await readFile(beside('failed'), 'utf8')).toBe('do-later\n');
      });
    });

    it('leaves no noter behind a debootstrap that failed, for its next try may be without them', async () => {
      await writeBase();
      await expect(start([...ARGUMENTS, ...PLACES], { wget: 'cat base.tar', work: 'exit 7' })).rejects.toThrow();
      expect(existsSync(beside())).toBe(false);
    });

    it('lets debootstrap do all of it where they do not come, or are asked for in a way of its own', async () => {
      expect(await start([...ARGUMENTS, ...PLACES])).toBe(`${[...ARGUMENTS, ...PLACES].join(' ')}\n`);
      await rm(path.join(dir, 'asked'));
      expect(await start(['--variant=minbase', ...PLACES])).toBe(`--variant=minbase ${PLACES.join(' ')}\n`);
      expect(await asked()).toBe('');
    });
  });

  it('has apt try each line of sources.list once, and none that the base system came from', async () => {
    const early = await readFile(path.join(HTTP, 'early.sh'), 'utf8');
    const edit = /^sed -i 's#\^valid[\s\S]*?apt-setup-verify$/m.exec(early)?.[0] ?? '';
    const here = edit.replaceAll(/\/(?:usr\/bin|target\/etc\/apt|tmp)\//g, './');
    await writeFile(path.join(dir, 'sources.list'), 'deb http://m/debian trixie main\n');
    const lines = ['deb http://m/debian trixie main', 'deb http://m/debian trixie-updates main'];
    const uses = [...lines, ...lines].map(line => `valid "${line}" && echo yes`).join('\n');
    // The installer's own begins its function in this way.
    await writeFile(path.join(dir, 'apt-setup-verify'), `valid () {\n\techo "tried $1"\n}\n${uses}\n`);
    expect(run(`${here}\n. ./apt-setup-verify`)).toBe(`yes\ntried ${lines[1]}\nyes\nyes\nyes\n`);
  });

  it("goes on when a process ends while GRUB's installer lists them all", async () => {
    const early = await readFile(path.join(HTTP, 'early.sh'), 'utf8');
    const edit = /^sed -i 's#\^initial_proc_contents.*$/m.exec(early)?.[0] ?? '';
    // The installer's own asks in this way; ls ends with an error, and has listed the others.
    const own = 'set -e\ninitial_proc_contents="$(ls $ROOT/proc)"\n[ -z "$initial_proc_contents" ] || echo mounted\n';
    await writeFile(path.join(dir, 'grub-installer'), own);
    const listing = 'ls() { echo 1; echo "ls: 15966: No such file or directory" >&2; return 1; }';
    expect(() => run(`${listing}; . ./grub-installer`)).toThrow();
    expect(run(`${edit.replace('/usr/bin/', './')}\n${listing}; . ./grub-installer`)).toBe('mounted\n');
  });

  describe('what is done beside the installation', () => {
    const at = (...names: string[]) => path.join(dir, 'target', ...names);
    const here = (text: string) =>
      text.replaceAll('/target', '').replaceAll(/\/(?=var\/tmp|usr\/sbin|etc\/grub)/g, `${at()}/`);

    /** The hook's part of early.sh was run: in the place of a program that takes until `on` is there, or fails. */
    beforeEach(async () => {
      await mkdir(at('usr/sbin'), { recursive: true });
      const real = [
        '#!/bin/sh',
        '[ "$1" != --version ] || exec echo initramfs-tools 0.148',
        `echo "$@" >> ${at('made')}`,
        `until [ -e ${at('on')} ]; do sleep 0.05; done`,
        'echo said',
        `[ ! -e ${at('bad')} ]`,
      ].join('\n');
      await writeFile(at('usr/sbin/update-initramfs'), real, { mode: 0o755 });
      await mkdir(path.join(dir, 'bin'));
      await writeFile(path.join(dir, 'bin/unshare'), '#!/bin/sh\n[ "$1" = -m ] && shift && exec "$@"\n', {
        mode: 0o755,
      });
      vi.stubEnv('PATH', `${path.join(dir, 'bin')}:${process.env['PATH']}`);
      const early = await readFile(path.join(HTTP, 'early.sh'), 'utf8');
      run(here(/^beside=[\s\S]*?^chmod \+x \/target\/etc\/grub.d\/00_beside$/m.exec(early)?.[0] ?? ''));
    });
    const ended = async (): Promise<string> => {
      const late = await readFile(path.join(HTTP, 'late.sh'), 'utf8');
      return run(
        `log() { echo "$@"; }\n${here(functionOf(late, 'end_beside'))}\n(end_beside) && echo well || echo bad`,
      );
    };
    const made = () => readFile(at('made'), 'utf8');

    it('is waited for by GRUB, by what would change it, and by the end, which puts its program back', async () => {
      expect(run(`${at('usr/sbin/update-initramfs')} --version`)).toBe('initramfs-tools 0.148\n'); // a kernel's package asks
      run(`${at('usr/sbin/update-initramfs')} -c -k 6.12`); // returns, and nobody waits for its output
      await expect.poll(made).toBe('-c -k 6.12\n');
      const later = ['etc/grub.d/00_beside', 'usr/sbin/update-initramfs -u'].map(command =>
        promisify(execFile)('sh', ['-c', `${at(command)}; [ -e ${at('on')} ] && echo waited`]),
      );
      await writeFile(at('on'), '');
      expect((await Promise.all(later)).map(({ stdout }) => stdout)).toEqual(['waited\n', 'said\nwaited\n']);
      expect(await made()).toBe('-c -k 6.12\n-u\n');
      expect(await ended()).toBe('well\n');
      expect(await readFile(at('usr/sbin/update-initramfs'), 'utf8')).toContain('echo said');
      expect([await readdir(at('var/tmp')), await readdir(at('etc/grub.d'))]).toEqual([[], []]);
    });

    it('stops the installation when it has failed', async () => {
      await writeFile(at('on'), '');
      await writeFile(at('bad'), '');
      run(`${at('usr/sbin/update-initramfs')} -c -k 6.12`);
      expect(await ended()).toBe('error: update-initramfs failed: said\nbad\n');
    });
  });

  it('reads a key from the kernel line as a URL query encodes it', async () => {
    const late = await readFile(path.join(HTTP, 'late.sh'), 'utf8');
    const key = 'ssh-rsa AAAAB3+/z== me@host:1';
    const encoded = encodeURIComponent(key).replaceAll('%20', '+');
    expect(run(`${functionOf(late, 'decode')}\ndecode`, encoded)).toBe(key);
  });

  it('answers every line in the form of a preseed', async () => {
    const lines = (await readFile(path.join(HTTP, 'answers.cfg'), 'utf8'))
      .split('\n')
      .filter(line => line && !line.startsWith('#'));
    for (const line of lines)
      expect(line).toMatch(/^\S+ \S+\/\S+ (string|boolean|select|multiselect|password|note)( .*)?$/);
    expect(new Set(lines.map(line => line.split(' ')[1])).size).toBe(lines.length);
  });
});
