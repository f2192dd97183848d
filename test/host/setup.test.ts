import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-setup-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What the set-up would run as root for these packages, marked as in setup/packages.tsv. */
function script(manager: string, packages: string, { id = 'debian', codename = 'bookworm' } = {}): string {
  writeFileSync(path.join(dir, 'os-release'), `ID=${id}\nVERSION_CODENAME=${codename}\n`);
  writeFileSync(path.join(dir, 'apt-get'), '#!/bin/sh\necho bookworm-backports http://m/debian\n', { mode: 0o755 });
  const env = { PATH: `${dir}:${process.env['PATH']}`, GOLDSMITH_OS_RELEASE: path.join(dir, 'os-release') };
  const code = `root=.; state=${dir}; . ./setup/setup.sh; install_script ${manager} '${packages}'`;
  const made = execFileSync('sh', ['-euc', code], { env, encoding: 'utf8' });
  execFileSync('sh', ['-n'], { input: made });
  return made;
}
/** The packages of each installation. */
const installed = (...asked: Parameters<typeof script>): string[] =>
  [...script(...asked).matchAll(/ install (?:-y |-\S+=\S+ |--no-install-recommends )*(.*?)(?: \|\| true; fi)?$/gm)].map(
    ([, packages = '']) => packages,
  );

const SCRIPTS = ['goldsmith', 'setup/setup.sh', 'test/run.sh', 'test/e2e-debian.sh', '.ci/run'];
it.skipIf(spawnSync('shellcheck', ['--version']).error)('ShellCheck finds nothing in what sets up and starts', () => {
  expect(spawnSync('shellcheck', ['-x', ...SCRIPTS], { encoding: 'utf8' }).stdout).toBe('');
});

const PACKAGES = '^qemu-system-x86 rsync ?shellcheck ?^qemu-system-arm';

it('takes QEMU from backports on Debian 12, also where it is only wished for', () => {
  expect(installed('apt', PACKAGES)).toEqual([
    '-t bookworm-backports qemu-system-x86',
    'rsync',
    'shellcheck',
    'qemu-system-arm/bookworm-backports',
  ]);
});

it('takes what there is elsewhere', () => {
  const all = ['qemu-system-x86 rsync', 'shellcheck', 'qemu-system-arm'];
  expect(installed('apt', PACKAGES, { codename: 'trixie' })).toEqual(all);
  expect(installed('apt', PACKAGES, { id: 'ubuntu', codename: 'noble' })).toEqual(all);
  expect(installed('dnf', PACKAGES)).toEqual([all.join(' ')]);
  expect(script('pacman', PACKAGES)).toContain(all.join(' '));
});
