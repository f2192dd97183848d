import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Remote, startRemote } from '../drivers/libvirt/remote.ts';
import { runsAll } from '../extent.ts';
import { SLOW } from '../patience.ts';
import {
  answered,
  goldsmith,
  home,
  makeLab,
  nextEvent,
  ONE_BOOT,
  processesWith,
  resultOf,
  shownAtConsole,
  start,
  succeeded,
} from './goldsmith.ts';

/** The whole pipeline on a libvirt that only SSH leads to: an sshd, keys and known hosts of the test's own. */

let remote: Remote;
let env: Record<string, string>;
beforeAll(async () => {
  remote = await startRemote();
  // This side has nothing of that side's folders.
  env = { XDG_RUNTIME_DIR: path.join(remote.libvirt.dir, 'here') };
  execFileSync('mkdir', ['-m', '700', env['XDG_RUNTIME_DIR'] ?? '']);
  await succeeded(goldsmith(['iso', 'tiny'], process.cwd()));
}, SLOW);
afterAll(() => remote.stop());

const virsh = (...args: string[]): string =>
  execFileSync('virsh', ['-c', remote.libvirt.uri, ...args], { encoding: 'utf8' });
const names = (...args: string[]): string[] =>
  virsh(...args, '--name')
    .split('\n')
    .filter(Boolean);
const volumes = (): string[] =>
  virsh('vol-list', 'goldsmith')
    .split('\n')
    .slice(2)
    .flatMap(line => line.trim().split(/\s+/).slice(0, 1))
    .filter(Boolean);
const lab = (name: string): string =>
  makeLab(name, {
    driver: 'libvirt',
    libvirt: { uri: remote.uri, accelerator: 'tcg' },
    boot_test: ONE_BOOT,
    tests: [{ name: 'in the guest', run: 'grep -q Goldsmith /etc/motd' }],
  });

/** Only what is kept for later builds. */
function expectNothingLeft(build: string): void {
  expect(names('list', '--all')).toEqual([]);
  expect(volumes().filter(name => !name.startsWith('goldsmith-medium-'))).toEqual([]);
  expect(processesWith(path.join(remote.libvirt.dir, 'here'))).toEqual([]);
  expect(existsSync(path.join(home.builds, build, 'work'))).toBe(false);
}

describe('a build on another host', () => {
  it('comes from the ISO to a release through SSH alone', { timeout: SLOW }, async () => {
    const ended = await succeeded(
      goldsmith(['build', 'far', '--json', '--version', `v${Date.now()}`], lab('far'), env),
    );
    const { build, release } = resultOf(ended) as { build: string; release: { path: string } };
    const manifest = JSON.parse(readFileSync(path.join(path.dirname(release.path), 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ image: 'far', build });
    expect(ended.events.filter(event => event.type === 'request' && event.status === 200)).not.toEqual([]);
    expect(ended.events.filter(event => event.type === 'test' && event.ok)).not.toEqual([]);
    // The installer's log, by datagrams; and moments of a machine that is on another host.
    expect(ended.events.filter(event => event.type === 'line' && event.source === 'installer')).not.toEqual([]);
    const checkpoints = ended.events.flatMap(event => (event.type === 'checkpoint' ? [event.checkpoint] : []));
    expect(checkpoints.map(({ name }) => name)).toContain('before sealing');
    expect(checkpoints.filter(({ diskOnly }) => diskOnly !== undefined)).toEqual([]);
    expectNothingLeft(build);
  });

  // The build's own test and `vm` boot the release there, too.
  it.runIf(runsAll)('runs a machine of the release there, and logs in to it', { timeout: SLOW }, async () => {
    const said = await succeeded(goldsmith(['run', 'far', '--', 'cat', '/etc/goldsmith-release'], lab('far'), env));
    expect(said.stdout).toContain('IMAGE=far');
    expectNothingLeft('');
    const kept = await goldsmith(['run', 'far', '--keep', '--json'], lab('far'), env);
    expect(resultOf(kept)).toMatchObject({ failure: { hint: expect.stringContaining('goldsmith vm create') } });
    expectNothingLeft('');
  });

  it('has machines that stay there', { timeout: SLOW }, async () => {
    const vm = (...args: string[]) => goldsmith(['vm', ...args], lab('far'), env);
    const where = ['--uri', remote.uri, '--accelerator', 'tcg'];
    await succeeded(vm('create', 'far', '--name', 'farvm', ...where));
    expect(names('list')).toEqual(['goldsmith-farvm']);
    expect(await answered(() => vm('ssh', 'farvm', 'hostname'))).toBe('farvm\n');
    expect((await succeeded(vm('stop', '--save', 'farvm'))).stdout).toContain('saved');
    expect((await succeeded(vm('start', 'farvm'))).stdout).toContain('running');
    expect(await shownAtConsole(['vm', 'console', 'farvm'], lab('far'), 'login:', env)).toContain('login:');
    await succeeded(vm('rm', '--force', 'farvm'));
    expectNothingLeft('');
  });

  it('ends with one reason when the host is gone in the middle, and leaves nothing there', {
    timeout: SLOW,
  }, async () => {
    const running = start(['build', 'cut', '--json'], lab('cut'), env);
    const { build } = await nextEvent(running, 'started', undefined);
    await running.event(event => event.type === 'step-started' && event.step === 'install');
    expect(names('list')).toHaveLength(1);
    await remote.sshd.down();
    await remote.sshd.up();
    const ended = await running.ended;
    expect(ended.status).toBe(6);
    expect(resultOf(ended)).toMatchObject({
      failure: { message: expect.stringMatching(/connection to libvirt was lost/) },
    });
    expectNothingLeft(build);
  });
});
