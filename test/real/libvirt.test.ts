import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { VmInfo } from '../../core/model/vm.ts';
import { startLibvirt, type TestLibvirt } from '../drivers/libvirt/session.ts';
import { runsAll, runsTogether } from '../extent.ts';
import { PATIENCE, SLOW } from '../patience.ts';
import {
  goldsmith,
  home,
  makeLab,
  nextEvent,
  ONE_BOOT,
  resultOf,
  shownAtConsole,
  start,
  succeeded,
  until,
} from './goldsmith.ts';

/** The whole pipeline on a real libvirt: the same recipe as with QEMU, to the same release. */

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
  makeLab(name, { driver: 'libvirt', libvirt: { uri: libvirt.uri }, boot_test: ONE_BOOT, ...image });

function expectNothingLeft(build: string): void {
  expect(domains().filter(name => name.includes(build))).toEqual([]);
  expect(existsSync(path.join(runtime(), build))).toBe(false);
  expect(existsSync(path.join(home.builds, build, 'work'))).toBe(false);
}

const FOREIGN = `<domain type="qemu"><name>goldsmith-not-yours</name><memory unit="MiB">32</memory>
  <os><type arch="x86_64" machine="q35">hvm</type></os><features><acpi/></features></domain>`;

describe('a build on libvirt', () => {
  it('comes from the ISO to a release though the daemon dies in between, and leaves others alone', {
    timeout: SLOW,
  }, async () => {
    const foreign = path.join(libvirt.dir, 'foreign.xml');
    execFileSync('tee', [foreign], { input: FOREIGN, stdio: ['pipe', 'ignore', 'ignore'] });
    virsh('create', foreign);
    onTestFinished(() => void virsh('destroy', 'goldsmith-not-yours'));
    const tests = [{ name: 'in the guest', run: 'grep -q Goldsmith /etc/motd' }];
    const args = ['build', 'virt', '--json', '--version', `v${Date.now()}`];
    const running = start(args, lab('virt', { tests }), libvirt.env);
    const machine = await nextEvent(running, 'machine', undefined);
    expect(machine).toMatchObject({
      command: ['virsh', '-c', libvirt.uri, 'create', expect.stringContaining('domain.xml')],
    });
    expect(domains().some(name => /^goldsmith-virt-.*-install$/.test(name))).toBe(true);
    await nextEvent(running, 'request', machine); // the installer runs
    await libvirt.kill();
    await libvirt.restart();
    const ended = await succeeded(running.ended);
    expect(ended.stderr).toBe('');
    const { build, release } = resultOf(ended) as { build: string; release: { path: string } };
    const manifest = JSON.parse(readFileSync(path.join(path.dirname(release.path), 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ image: 'virt', build });
    expect(ended.events.filter(event => event.type === 'test' && !event.ok)).toEqual([]);
    expectNothingLeft(build);
    expect(domains()).toEqual(['goldsmith-not-yours']);
  });

  it.runIf(runsTogether)('runs a kept machine of the release, seen, used and removed', { timeout: SLOW }, async () => {
    const there = lab('virt');
    const args = ['run', 'virt', '--keep', '--forward', '80', '--json']; // where the lab says
    const { id, forwards } = resultOf(await succeeded(goldsmith(args, there, libvirt.env))) as unknown as VmInfo;
    expect(forwards.map(({ guestPort }) => guestPort)).toEqual([22, 80]);
    expect(new Set(forwards.map(({ port }) => port)).size).toBe(2);
    expect(domains()).toEqual([`goldsmith-${id}`]);
    const said = await goldsmith(['ssh', id, 'cat /etc/goldsmith-release'], there, libvirt.env);
    expect(said.stdout).toContain('IMAGE=virt');
    await succeeded(goldsmith(['snapshot', id, 'clean'], there, libvirt.env));
    expect(virsh('snapshot-list', '--name', `goldsmith-${id}`).trim()).toBe('clean');
    expect((await goldsmith(['snapshot', id, 'clean'], there, libvirt.env)).status).toBe(9);
    await succeeded(goldsmith(['ssh', id, 'touch /root/dirt && sync'], there, libvirt.env));
    await succeeded(goldsmith(['snapshot', id, '--load', 'clean'], there, libvirt.env));
    expect((await goldsmith(['ssh', id, 'test -e /root/dirt'], there, libvirt.env)).status).toBe(1);
    await succeeded(goldsmith(['snapshot', id, '--delete', 'clean'], there, libvirt.env));
    expect(await shownAtConsole(['console', id], there, 'login:', libvirt.env)).toContain('login:');
    const listed = await succeeded(goldsmith(['run', '--json'], there, libvirt.env));
    expect(JSON.parse(listed.stdout)).toContainEqual(expect.objectContaining({ id, kind: 'run' }));
    await succeeded(goldsmith(['rm', id], there, libvirt.env));
    expect(domains()).toEqual([]);
  });

  it('leaves no machine after kill -9, and the next command gives back the rest', { timeout: SLOW }, async () => {
    const there = lab('virtkilled');
    const running = start(['build', 'virtkilled', '--json'], there, libvirt.env);
    const { build } = await nextEvent(running, 'started', undefined);
    await running.event(event => event.type === 'step-started' && event.step === 'install');
    expect(domains()).toHaveLength(1);
    running.child.kill('SIGKILL');
    await running.ended;
    expect(await until(() => domains().length === 0, PATIENCE)).toBe(true);
    await succeeded(goldsmith(['clean'], there, libvirt.env));
    expectNothingLeft(build);
  });

  it.runIf(runsAll)(
    'ends with one reason when the daemon stays away, and the next command gives back the rest',
    {
      timeout: SLOW,
    },
    async () => {
      const there = lab('virtlost');
      const running = start(['build', 'virtlost', '--json'], there, libvirt.env);
      const machine = await nextEvent(running, 'machine', undefined);
      await nextEvent(running, 'request', machine); // the installer runs
      await libvirt.kill();
      const ended = await running.ended;
      await libvirt.restart();
      expect(ended.status).toBe(6);
      const message = 'The machine is out of sight: the connection to libvirt was lost and did not come back.';
      expect(resultOf(ended)).toMatchObject({
        failure: { code: 'libvirt-failed', message, hint: expect.stringContaining('goldsmith clean') },
      });
      expect((await succeeded(goldsmith(['clean'], there, libvirt.env))).stdout).toContain('virtlost');
      const { build } = ended.events.find(event => event.type === 'started') ?? { build: '' };
      expectNothingLeft(build);
    },
  );

  it('plans what libvirt would be given', { timeout: SLOW }, async () => {
    const plan = JSON.parse((await succeeded(goldsmith(['plan', 'virt', '--json'], lab('virt'), libvirt.env))).stdout);
    expect(plan).toMatchObject({ qemuArguments: [], libvirt: { uri: libvirt.uri } });
    const file = path.join(libvirt.dir, 'plan.xml');
    writeFileSync(file, plan.libvirt.domainXml);
    execFileSync('virt-xml-validate', [file, 'domain'], { stdio: 'pipe' });
    const shown = await succeeded(goldsmith(['plan', 'virt', '--driver', 'qemu'], lab('virt'), libvirt.env));
    expect(shown.stdout).toContain('qemu-system-x86_64');
    expect(shown.stdout).not.toContain('<domain');
    expect(domains()).toEqual([]);
  });

  it('shows the line of lab.yaml that libvirt does not take', { timeout: SLOW }, async () => {
    const xml = '<memoryBacking>\n  <nosharepages/>\n</memoryBacking>\n<devices>\n  <hub type="usb"/>\n</devices>\n';
    const there = lab('refused', { libvirt: { uri: libvirt.uri, xml } });
    const lines = readFileSync(path.join(there, 'lab.yaml'), 'utf8').split('\n');
    const ended = await goldsmith(['build', 'refused', '--json'], there, libvirt.env);
    expect(ended.status).toBe(3);
    const place = { file: path.join(there, 'lab.yaml'), line: 1 + lines.findIndex(line => line.includes('<hub')) };
    expect(resultOf(ended)).toMatchObject({ failure: { code: 'bad-lab', details: { place } } });
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

describe('goldsmith vm', () => {
  const name = 'web';
  const vm = (...args: string[]) => goldsmith(['vm', ...args], lab('virt'), libvirt.env);
  const text = async (...args: string[]): Promise<string> => (await succeeded(vm(...args))).stdout;

  it.runIf(runsTogether)(
    'makes a machine that a person keeps, stops, starts and removes',
    { timeout: SLOW },
    async () => {
      const args = [
        'create',
        'virt',
        '--name',
        name,
        '--uri',
        libvirt.uri,
        '--disk',
        '1G',
        '--disk',
        '64M',
        '--autostart',
      ];
      args.push('--json');
      onTestFinished(async () => void (await vm('rm', '--force', name)));
      const prompts = (): number =>
        readFileSync(path.join(home.machines, name, 'serial.log'), 'utf8').split('login:').length - 1;
      const made = resultOf(await succeeded(vm(...args)));
      expect(made).toMatchObject({ name, image: 'virt', state: 'running', uri: libvirt.uri });
      expect(domains()).toEqual(['goldsmith-web']);
      expect(virsh('list', '--all', '--autostart', '--name').trim()).toBe('goldsmith-web');
      expect((await vm(...args)).status).toBe(9); // the name is taken
      expect(await until(() => prompts() > 0, SLOW)).toBe(true);
      expect(await text('ssh', name, 'hostname; cat /sys/block/vda/size /sys/block/vdb/size')).toBe(
        'web\n2097152\n131072\n',
      );
      expect(await text('list')).toMatch(/web +virt@\S+ +running/);
      const boot = await text('ssh', name, 'cat /proc/sys/kernel/random/boot_id');
      expect(await text('stop', '--save', name)).toContain('saved');
      expect(virsh('domstate', 'goldsmith-web').trim()).toBe('shut off');
      expect(await text('start', name)).toContain('running');
      expect(await text('ssh', name, 'cat /proc/sys/kernel/random/boot_id')).toBe(boot);
      expect((await vm('rm', name)).status).toBe(9); // it runs
      expect(await text('stop', name)).toContain('off');
      expect(virsh('domstate', 'goldsmith-web').trim()).toBe('shut off');
      // What a clean-up finds is what builds left, never a person's machine.
      expect(
        (
          await goldsmith(
            ['clean', '--driver', 'libvirt', '--uri', libvirt.uri, '--all', '--yes'],
            libvirt.dir,
            libvirt.env,
          )
        ).stdout,
      ).toContain('Nothing');
      await libvirt.kill();
      const unasked = await text('list'); // the machines of others are seen all the same
      expect(unasked).toMatch(/web +virt@\S+ +unreachable/);
      expect(unasked).toContain('Failed to connect socket');
      await libvirt.restart();
      virsh('start', 'goldsmith-web'); // as another client would: the way in is made when it is asked for
      expect(await until(() => prompts() > 1, SLOW)).toBe(true);
      expect(await text('ssh', name, 'hostname')).toBe('web\n');
      await text('rm', '--force', name);
      expect(domains()).toEqual([]);
      expect(existsSync(path.join(home.machines, name))).toBe(false);
    },
  );

  it('leaves somebody else’s machine of that name alone', { timeout: SLOW }, async () => {
    const foreign = path.join(libvirt.dir, 'taken.xml');
    writeFileSync(foreign, FOREIGN.replace('goldsmith-not-yours', 'goldsmith-taken'));
    virsh('define', foreign);
    const taken = await vm('create', 'virt', '--name', 'taken', '--uri', libvirt.uri, '--json');
    expect(taken.status).toBe(9);
    expect(resultOf(taken)).toMatchObject({ failure: { code: 'exists', hint: expect.stringContaining('--name') } });
    expect((await vm('rm', '--force', 'taken')).status).toBe(8);
    expect(domains()).toEqual(['goldsmith-taken']);
    expect(existsSync(path.join(home.machines, 'taken'))).toBe(false);
    virsh('undefine', 'goldsmith-taken');
  });

  it.each([
    ['a disk that would be cut off', ['--disk', '1M'], 2, 'cannot shrink to 1.0 MiB'],
    ['user data that is not there', ['--user-data', 'no-such.yaml'], 8, 'no-such.yaml cannot be read'],
    ['another libvirt', ['--uri', 'xen:///system'], 2, 'names no libvirt of QEMU'],
  ])('refuses %s before anything is made', { timeout: SLOW }, async (_what, flags, status, said) => {
    const refused = await vm('create', 'virt', '--name', 'never', '--uri', libvirt.uri, ...flags, '--json');
    expect(refused.status).toBe(status);
    expect(resultOf(refused)).toMatchObject({ failure: { message: expect.stringContaining(said) } });
    expect(existsSync(path.join(home.machines, 'never'))).toBe(false);
    expect(domains()).toEqual([]);
  });

  it('writes the machine for others, and makes nothing', { timeout: SLOW }, async () => {
    const xml = path.join(libvirt.dir, 'vm.xml');
    writeFileSync(xml, await text('create', 'virt', '--name', name, '--network', 'default', '--to', 'xml'));
    execFileSync('virt-xml-validate', [xml, 'domain'], { stdio: 'pipe' });
    const terraform = await text(
      'create',
      'virt',
      '--name',
      name,
      '--memory',
      '2G',
      '--disk',
      '8G',
      '--to',
      'terraform',
    );
    for (const part of [
      'dmacvicar/libvirt',
      'libvirt_cloudinit_disk',
      '8589934592',
      'memory    = 2048',
      'var.ssh_public_key',
    ]) {
      expect(terraform).toContain(part);
    }
    expect(terraform).not.toContain('PRIVATE KEY');
    expect(domains()).toEqual([]);
    expect((await vm('create', 'virt', '--name', 'Bad Name', '--to', 'xml')).status).toBe(2);
  });
});
