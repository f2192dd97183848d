import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnswerKindName } from '../../core/answers/kinds/kinds.ts';
import { lintAnswer } from '../../core/answers/lint/lint.ts';

/**
 * The built-in recipes' answers are completed in the installer, from what stands on its kernel line or in its shell.
 * Here those scripts run with a kernel line of ours, and what they make is read as the installer would.
 */
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-answers-'));
});
afterEach(() => rm(dir, { recursive: true }));

const problems = (kind: AnswerKindName, text: string, version?: string) =>
  lintAnswer('x', Buffer.from(text), { kind, ...(version === undefined ? {} : { version }) }).problems;

/** Runs a script as the installer's shell, with its fixed paths moved into our folder. */
async function runIn(script: string, moved: Record<string, string>, env: Record<string, string> = {}): Promise<string> {
  let text = script;
  for (const [from, to] of Object.entries(moved)) text = text.replaceAll(from, path.join(dir, to));
  await writeFile(path.join(dir, 'script.sh'), text);
  return execFileSync('sh', ['-e', path.join(dir, 'script.sh')], {
    cwd: dir,
    env: { ...env, PATH: `${path.join(dir, 'bin')}:${process.env['PATH']}` },
  }).toString();
}

it('the seeds of cloud-init/ are right', async () => {
  const files = (await readdir('cloud-init', { recursive: true })).filter(file => /\.yaml$|\//.test(file));
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const { kind, problems: found } = lintAnswer(file, await readFile(path.join('cloud-init', file)));
    expect([file, kind]).not.toContain(undefined);
    expect(found).toEqual([]);
  }
});

describe("RHEL's kickstart", () => {
  const kickstart = async (line: string): Promise<string> => {
    const text = await readFile('packer/redhat/http/ks.cfg', 'utf8');
    const pre = /^%pre.*\n([\s\S]*?)^%end/m.exec(text)?.[1] ?? '';
    await writeFile(path.join(dir, 'cmdline'), `BOOT_IMAGE=vmlinuz quiet ${line}\n`);
    await runIn(pre, { '/proc/cmdline': 'cmdline', '/tmp/goldsmith.ks': 'out.ks' });
    const made = await readFile(path.join(dir, 'out.ks'), 'utf8');
    return text.replace('%include /tmp/goldsmith.ks', () => made).replace(/^%pre[\s\S]*?^%end\n/m, '');
  };
  const LINES: [string, string][] = [
    [
      'plain',
      'gs.hostname=web gs.locale=de_DE.UTF-8 gs.timezone=Europe/Berlin gs.source=http://m/os/ gs.appstream=http://m/as/',
    ],
    ['lvm', 'gs.layout=lvm gs.packages=vim,tmux gs.source=http://m/os/ gs.proxy=http://p:3128'],
    ['encrypted', 'gs.layout=encrypted gs.passphrase=correct-horse-battery'],
    ['desktop', 'gs.profile=desktop'],
    ['nothing said', ''],
  ];

  it.each(LINES.flatMap(([name, line]) => ['RHEL9', 'RHEL10', 'F44'].map(version => [name, version, line])))(
    '%s is a whole kickstart of %s',
    async (_, version, line) => {
      const text = await kickstart(line ?? '');
      expect(problems('kickstart', text, version).filter(({ severity }) => severity === 'error')).toEqual([]);
    },
  );

  it('has what the kernel line says', async () => {
    const text = await kickstart(`${LINES[0]?.[1]} gs.packages=vim,tmux gs.layout=lvm`);
    for (const part of [
      'lang de_DE.UTF-8',
      'timezone Europe/Berlin --utc',
      '--hostname=web',
      'url --url=http://m/os/',
      'repo --name=AppStream --baseurl=http://m/as/',
      'logvol / --vgname=system',
      '\nvim\ntmux\n%end',
    ])
      expect(text).toContain(part);
  });

  it('takes no word that could begin another directive', async () => {
    for (const evil of ['"x', 'a;b', 'a$(id)', "a'b", 'a\\nrootpw', 'a|b', 'a`id`'])
      expect(await kickstart(`gs.hostname=${evil}`)).toContain('--hostname=localhost');
  });
});

describe("Ubuntu's autoinstall", () => {
  const hasYaml = (() => {
    try {
      execFileSync('python3', ['-c', 'import yaml'], { stdio: 'pipe' });
      return true;
    } catch {
      return false;
    }
  })();

  const answers = async (line: string): Promise<string> => {
    const text = await readFile('packer/ubuntu/http/user-data', 'utf8');
    const early = /early-commands:\n {4}- \|\n([\s\S]*?)\n\n/.exec(text)?.[1] ?? '';
    await writeFile(path.join(dir, 'autoinstall.yaml'), text.replace('#cloud-config\n', ''));
    await writeFile(
      path.join(dir, 'cmdline'),
      `BOOT_IMAGE=/casper/vmlinuz autoinstall ds=nocloud;s=http://h/ ${line}\n`,
    );
    await runIn(early.replace(/^ {6}/gm, ''), {
      '/run/goldsmith.py': 'early.py',
      '/autoinstall.yaml': 'autoinstall.yaml',
      '/proc/cmdline': 'cmdline',
    });
    return readFile(path.join(dir, 'autoinstall.yaml'), 'utf8');
  };

  it.skipIf(!hasYaml).each([
    ['', /name: direct/],
    ['gs.layout=lvm gs.hostname=web gs.timezone=Europe/Berlin', /hostname: web/],
    ['gs.layout=encrypted gs.passphrase=correct-horse-battery', /password: correct-horse-battery/],
    ['gs.profile=minimal', /id: ubuntu-server-minimal/],
    ['gs.profile=desktop gs.packages=vim,tmux', /- ubuntu-desktop-minimal/],
    ['gs.mirror=http://m/ubuntu gs.proxy=http://p:3128', /uri: http:\/\/m\/ubuntu/],
    ['gs.hostname="a: b"', /hostname: 'a: b'/],
  ])('with %j is one that the installer takes', async (line, said) => {
    const text = await answers(line);
    expect(text).toMatch(said);
    expect(problems('autoinstall', `#cloud-config\n${text}`)).toEqual([]);
  });
});

describe("OpenBSD's install.conf", () => {
  const PROGRAMS: Record<string, string> = {
    ftp: 'for last; do :; done; case $last in */install.conf) cp "$SERVED/install.conf" "$3" ;; *authorized_keys) echo "ssh-ed25519 AAAA/x+y build" >"$3" ;; *) exit 1 ;; esac',
    sysctl: 'echo "cd0:,sd0:1234,rd0:"',
    install: 'echo installing',
    uname: 'case $1 in -r) echo 7.9 ;; *) echo amd64 ;; esac',
  };

  it('is filled in, with the key of the build', async () => {
    await mkdir(path.join(dir, 'bin'));
    for (const [name, body] of Object.entries(PROGRAMS)) {
      await writeFile(path.join(dir, 'bin', name), `#!/bin/sh\n${body}\n`);
      await chmod(path.join(dir, 'bin', name), 0o755);
    }
    await mkdir(path.join(dir, 'mnt/etc/ssh'), { recursive: true });
    await mkdir(path.join(dir, 'tmp'));
    const script = (await readFile('packer/openbsd/http/start.sh', 'utf8')).replaceAll(
      ' /install.conf',
      ' ./install.conf',
    );
    await runIn(
      script,
      { '/tmp/': 'tmp/', '/mnt/': 'mnt/' },
      {
        SERVED: path.resolve('packer/openbsd/http'),
        HOSTNAME: 'box',
        KEYBOARD: 'de',
        TIMEZONE: 'Europe/Berlin',
        PROFILE: 'minimal',
        LAYOUT: 'plain',
        MIRROR: 'http://m/OpenBSD',
        KEY: '',
        ANSWERS: 'http://h:1/t',
      },
    );
    const text = await readFile(path.join(dir, 'install.conf'), 'utf8');
    for (const line of [
      'System hostname = box',
      'Public ssh key for root account = ssh-ed25519 AAAA/x+y build',
      'What timezone are you in = Europe/Berlin',
      'Which disk is the root disk = sd0',
      'URL to autopartitioning template for disklabel = http://h:1/t/disklabel',
      'Pathname to the sets = 7.9/amd64',
      'Set name(s) = -game* -x*',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text.replace(/^#.*\n/gm, '')).not.toContain('@');
    expect(problems('openbsd', text)).toEqual([]);
    expect(await readFile(path.join(dir, 'mnt/etc/installurl'), 'utf8')).toBe('http://m/OpenBSD\n');
  });
});
