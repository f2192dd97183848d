import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBuildKeys } from '../../core/guest/keys.ts';
import { FakeRoot } from './fake-root.ts';

const hasAnsible = spawnSync('ansible-playbook', ['--version']).status === 0;
if (!hasAnsible) console.log('skipped: ansible-playbook is not installed');

const keys = makeBuildKeys('role');
const playbook = path.resolve(import.meta.dirname, '../../ansible/seal.yml');

/** The role on this host, but in the folder of a fake root: `seal_root` is never left out here. */
function play(root: FakeRoot, variables: Record<string, unknown>): { status: number | null; output: string } {
  const extra = JSON.stringify({
    seal_root: root.dir,
    seal_family: 'debian',
    seal_build_key: keys.clientKey.publicLine,
    seal_image: 'it is',
    ...variables,
  });
  const args = ['-i', 'localhost,', '-c', 'local', '-e', extra, playbook];
  const env = { ...process.env, ANSIBLE_NOCOLOR: '1', ANSIBLE_LOCALHOST_WARNING: 'False' };
  const { status, stdout, stderr } = spawnSync('ansible-playbook', args, { encoding: 'utf8', env });
  return { status, output: stdout + stderr };
}

describe.skipIf(!hasAnsible)('the Ansible role', () => {
  const root = new FakeRoot({
    'usr/lib/systemd/system/ssh.service': '',
    'etc/ssh/ssh_host_ed25519_key': 'x',
    'root/.ssh/authorized_keys': `${keys.clientKey.publicLine}\n`,
    'etc/machine-id': '0123\n',
    'var/log/syslog': 'line\n',
  });
  let first: ReturnType<typeof play>;
  beforeAll(() => {
    root.program('usr/bin/ssh-keygen', '');
    first = play(root, { seal_skip: ['logfiles'] });
  });
  afterAll(() => root.remove());

  it('seals as a build does, item by item', () => {
    expect(first.output).toContain('failed=0');
    expect(first.output).toContain('TASK [seal : SSH host keys]');
    expect(root.has('etc/ssh/ssh_host_ed25519_key')).toBe(false);
    expect(root.has('root/.ssh/authorized_keys')).toBe(false);
    expect(root.has('etc/systemd/system/goldsmith-hostkeys.service')).toBe(true);
    expect(root.text('etc/machine-id')).toBe('');
    expect(root.text('etc/goldsmith-release')).toMatch(/^IMAGE=it is\nVERSION=unknown\nBUILT_AT=\d{4}-\d\d-\d\dT/);
  });

  it('leaves out what it is told to, and refuses what is no item', () => {
    expect(root.text('var/log/syslog')).toBe('line\n');
    const wrong = play(root, { seal_skip: ['logfile'] });
    expect(wrong.status).not.toBe(0);
    expect(wrong.output).toContain('There is no seal item \\"logfile');
  });
});
