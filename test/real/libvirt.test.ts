import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLibvirt, type TestLibvirt } from '../drivers/libvirt/session.ts';
import { goldsmith, home, makeLab, resultOf, shownAtConsole, start, succeeded, until } from './goldsmith.ts';

/** The whole pipeline on a real libvirt: the same recipe as with QEMU, to the same release. */

const SLOW = 240_000;
const BOOT_TEST = { user: 'root', timeout: '3m', clones: 1, boots: 1 };

let libvirt: TestLibvirt;
/** Where sockets go is part of the home: the test's own here. */
const runtime = (): string => path.join(libvirt.env['XDG_RUNTIME_DIR'] ?? '', 'goldsmith');

beforeAll(async () => {
  libvirt = await startLibvirt();
  await succeeded(goldsmith(['iso', 'tiny'], process.cwd()));
}, SLOW);
afterAll(() => libvirt.stop());

/** What another client of libvirt sees. */
const virsh = (...args: string[]): string => execFileSync('virsh', ['-c', libvirt.uri, ...args], { encoding: 'utf8' });
const domains = (): string[] => virsh('list', '--all', '--name').split('\n').filter(Boolean);
const lab = (name: string, image: Record<string, unknown> = {}): string =>
  makeLab(name, { driver: 'libvirt', libvirt: { uri: libvirt.uri }, boot_test: BOOT_TEST, ...image });

function expectNothingLeft(build: string): void {
  expect(domains().filter(name => name.includes(build))).toEqual([]);
  expect(existsSync(path.join(runtime(), build))).toBe(false);
  expect(existsSync(path.join(home.builds, build, 'work'))).toBe(false);
}

const FOREIGN = `<domain type="qemu"><name>goldsmith-not-yours</name><memory unit="MiB">32</memory>
  <os><type arch="x86_64" machine="q35">hvm</type></os><features><acpi/></features></domain>`;

describe('a build on libvirt', () => {
  it('comes from the ISO to a release, and leaves others alone', { timeout: SLOW }, async () => {
    const foreign = path.join(libvirt.dir, 'foreign.xml');
    execFileSync('tee', [foreign], { input: FOREIGN, stdio: ['pipe', 'ignore', 'ignore'] });
    virsh('create', foreign);
    const tests = [{ name: 'in the guest', run: 'grep -q Goldsmith /etc/motd' }];
    const args = ['build', 'virt', '--json', '--version', `v${Date.now()}`];
    const running = start(args, lab('virt', { tests }), libvirt.env);
    const machine = await running.event(event => event.type === 'machine');
    expect(machine).toMatchObject({
      command: ['virsh', '-c', libvirt.uri, 'create', expect.stringContaining('domain.xml')],
    });
    expect(domains().some(name => /^goldsmith-virt-.*-install$/.test(name))).toBe(true);
    const ended = await succeeded(running.ended);
    expect(ended.stderr).toBe('');
    const { build, release } = resultOf(ended) as { build: string; release: { path: string } };
    const manifest = JSON.parse(readFileSync(path.join(path.dirname(release.path), 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ image: 'virt', build });
    expect(ended.events.filter(event => event.type === 'test' && !event.ok)).toEqual([]);
    expectNothingLeft(build);
    expect(domains()).toEqual(['goldsmith-not-yours']);
    virsh('destroy', 'goldsmith-not-yours');
  });

  it('runs a kept machine of the release, seen, used and removed', { timeout: SLOW }, async () => {
    const there = lab('virt');
    const args = ['run', 'virt', '--keep', '--json', '--driver', 'libvirt', '--uri', libvirt.uri];
    const { id } = resultOf(await succeeded(goldsmith(args, there, libvirt.env))) as { id: string };
    expect(domains()).toEqual([`goldsmith-${id}`]);
    const said = await goldsmith(['ssh', id, 'cat /etc/goldsmith-release'], there, libvirt.env);
    expect(said.stdout).toContain('IMAGE=virt');
    expect(await shownAtConsole(id, there, 'login:', libvirt.env)).toContain('login:');
    const listed = await succeeded(goldsmith(['run', '--json'], there, libvirt.env));
    expect(JSON.parse(listed.stdout)).toContainEqual(expect.objectContaining({ id, kind: 'run' }));
    await succeeded(goldsmith(['rm', id], there, libvirt.env));
    expect(domains()).toEqual([]);
  });

  it('leaves no machine after kill -9, and the next command gives back the rest', { timeout: SLOW }, async () => {
    const there = lab('virtkilled');
    const running = start(['build', 'virtkilled', '--json'], there, libvirt.env);
    const started = await running.event(event => event.type === 'started');
    const build = started.type === 'started' ? started.build : '';
    await running.event(event => event.type === 'step-started' && event.step === 'install');
    expect(domains()).toHaveLength(1);
    running.child.kill('SIGKILL');
    await running.ended;
    expect(await until(() => domains().length === 0, 10_000)).toBe(true);
    await succeeded(goldsmith(['clean'], there, libvirt.env));
    expectNothingLeft(build);
  });

  it('goes on when the daemon is killed and started again', { timeout: SLOW }, async () => {
    const there = lab('virtrestart', { tests: [] });
    const running = start(['build', 'virtrestart', '--json', '--version', `v${Date.now()}`], there, libvirt.env);
    await running.event(event => event.type === 'step-started' && event.step === 'install');
    await libvirt.kill();
    await libvirt.restart();
    const ended = await succeeded(running.ended);
    expectNothingLeft((resultOf(ended) as { build: string }).build);
    expect(domains()).toEqual([]);
  });

  it('says what is missing when no libvirt is there', { timeout: SLOW }, async () => {
    const uri = 'qemu+unix:///session?socket=/nowhere/libvirt-sock';
    const ended = await goldsmith(['build', 'virt', '--json', '--uri', uri], lab('virt'), libvirt.env);
    expect(ended.status).toBe(4);
    expect(resultOf(ended)).toMatchObject({
      failure: { code: 'host-lacks', hint: expect.stringContaining('libvirt') },
    });
  });
});
