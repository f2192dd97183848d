import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRemoteSystem } from '../drivers/libvirt/remote.ts';
import { type SystemLibvirt, startSystemLibvirt } from '../drivers/libvirt/session.ts';
import { runsAll } from '../extent.ts';
import { SLOW } from '../patience.ts';
import {
  addressesOf,
  answered,
  type Ended,
  goldsmith,
  home,
  makeLab,
  nextEvent,
  ONE_BOOT,
  RECIPE,
  resultOf,
  shownAtConsole,
  start,
  succeeded,
  UNBOOTED,
} from './goldsmith.ts';

/** Builds on libvirt's own networks: a system's libvirt in a network namespace of the test's own, where we run, too. */

const isRoot = process.getuid?.() === 0;

let libvirt: SystemLibvirt;
let env: Record<string, string>;
beforeAll(async () => {
  if (!isRoot) return;
  libvirt = await startSystemLibvirt({ hasNetworks: true });
  env = { XDG_RUNTIME_DIR: path.join(libvirt.dir, 'here') };
  mkdirSync(env['XDG_RUNTIME_DIR'] ?? '', { mode: 0o700 });
  for (const [name, xml] of Object.entries({ own: OWN, bridged: BRIDGED })) {
    const file = path.join(libvirt.dir, `${name}.xml`);
    writeFileSync(file, xml);
    virsh('net-create', file);
  }
  await succeeded(goldsmith(['iso', 'tiny'], process.cwd()));
}, SLOW);
afterAll(() => libvirt?.stop());

const virsh = (...args: string[]): string => execFileSync('virsh', ['-c', libvirt.uri, ...args], { encoding: 'utf8' });
const domains = (): string[] => virsh('list', '--all', '--name').split('\n').filter(Boolean);
const here = (args: string[], lab: string) => goldsmith(args, lab, env, libvirt.through);
const lab = (name: string, network: string, uri = libvirt.uri): string =>
  makeLab(name, {
    driver: 'libvirt',
    libvirt: { uri, network, accelerator: 'tcg' },
    // Else `vm` boots the release there, below.
    boot_test: runsAll ? ONE_BOOT : UNBOOTED,
    tests: runsAll ? [{ name: 'in the guest', run: 'ip -4 addr show; ip route' }] : [],
  });

/** Alone: its guests reach nobody but the host. */
const OWN = `<network><name>goldsmith-test</name><bridge name="gtest0"/>
  <ip address="10.77.0.1" netmask="255.255.255.0"><dhcp><range start="10.77.0.10" end="10.77.0.99"/></dhcp></ip></network>`;
/** A name for a bridge that somebody else made: it has neither address nor leases. */
const BRIDGED = `<network><name>bridged</name><forward mode="bridge"/><bridge name="gtest0"/></network>`;

describe.runIf(isRoot)('a build on a network of libvirt', () => {
  it('says how to start one that is not started, and which there is not', { timeout: SLOW }, async () => {
    const off = await here(['build', 'off', '--json'], lab('off', 'default'));
    expect(off.status).toBe(4);
    expect(resultOf(off)).toMatchObject({ failure: { hint: expect.stringContaining('net-start default') } });
    const none = await here(['build', 'none', '--json'], lab('none', 'no-such'));
    expect(none.status).toBe(8);
    expect(domains()).toEqual([]);
  });

  it.each(runsAll ? ['goldsmith-test', 'bridged', 'default'] : ['goldsmith-test'])(
    '%s: from the ISO to a release, on one address',
    { timeout: SLOW },
    async network => {
      if (network === 'default') virsh('net-start', 'default');
      const running = start(['build', 'onnet', '--json', '--version', `v${Date.now()}`], lab('onnet', network), env, [
        ...libvirt.through,
      ]);
      await nextEvent(running, 'request', undefined);
      expect(addressesOf(running.child.pid ?? 0, libvirt.through)).toEqual([
        network === 'default' ? '192.168.122.1' : '10.77.0.1',
      ]);
      await expectReleased(running.ended);
    },
  );

  // As the machine of `vm` is, below.
  it.runIf(runsAll)('a kept machine of it is logged in to at its own address', { timeout: SLOW }, async () => {
    const there = lab('onnet', 'goldsmith-test');
    const { id } = resultOf(await succeeded(here(['run', 'onnet', '--keep', '--json'], there))) as { id: string };
    expect((await here(['ssh', id, 'ip -4 addr show'], there)).stdout).toContain('10.77.0.');
    await succeeded(here(['rm', id], there));
    expect(domains()).toEqual([]);
  });

  it.runIf(runsAll)('through SSH, whose sshd lets guests reach us', { timeout: SLOW }, async () => {
    const remote = await startRemoteSystem(libvirt, ['GatewayPorts clientspecified']);
    const there = lab('farnet', 'goldsmith-test', remote.uri);
    await expectReleased(goldsmith(['build', 'farnet', '--json', '--version', `v${Date.now()}`], there, env));
    await remote.stop();
  });

  it.runIf(runsAll)('on the bridge that a recipe names', { timeout: SLOW }, async () => {
    const recipe = path.join(libvirt.dir, 'recipe');
    cpSync(path.dirname(RECIPE), recipe, { recursive: true });
    const file = path.join(recipe, path.basename(RECIPE));
    const bridged = readFileSync(file, 'utf8').replace(/(source "qemu" "tiny" \{)/, '$1\n  net_bridge = "gtest0"');
    writeFileSync(file, bridged);
    const libvirtd = { uri: libvirt.uri, accelerator: 'tcg' };
    const there = makeLab('bridge', { recipe: file, driver: 'libvirt', libvirt: libvirtd, boot_test: ONE_BOOT });
    const running = start(['build', 'bridge', '--json', '--version', `v${Date.now()}`], there, env, libvirt.through);
    await nextEvent(running, 'request', undefined);
    expect(addressesOf(running.child.pid ?? 0, libvirt.through)).toEqual(['10.77.0.1']);
    await expectReleased(running.ended);
  });

  it('through SSH, whose sshd does not', { timeout: SLOW }, async () => {
    const remote = await startRemoteSystem(libvirt, ['GatewayPorts no']);
    const refused = await goldsmith(['build', 'shut', '--json'], lab('shut', 'goldsmith-test', remote.uri), env);
    expect(refused.status).toBe(4);
    expect(resultOf(refused)).toMatchObject({ failure: { hint: expect.stringContaining('GatewayPorts') } });
    expect(domains()).toEqual([]);
    await remote.stop();
  });
});

/** Machines that a person keeps, on a libvirt that does not run as us: in its pool, at its consoles. */
describe.runIf(isRoot)('goldsmith vm on qemu:///system', () => {
  const vm = (...args: string[]) => here(['vm', ...args], lab('onnet', 'goldsmith-test'));
  const volumes = (): string => virsh('vol-list', 'goldsmith');

  it('makes one from a release, and takes everything of it away', { timeout: SLOW }, async () => {
    const where = ['--uri', libvirt.uri, '--network', 'goldsmith-test', '--disk', '1G', '--disk', '64M'];
    const made = await succeeded(vm('create', 'onnet', '--name', 'web', ...where, '--json'));
    expect(resultOf(made)).toMatchObject({ name: 'web', state: 'running', uri: libvirt.uri });
    expect(domains()).toEqual(['goldsmith-web']);
    expect(volumes().match(/goldsmith-vm-web-/g)).toHaveLength(6); // two disks and the seed, each with its path
    expect(readdirSync(path.join(home.machines, 'web')).sort()).toEqual(['key', 'machine.json']);
    expect((await vm('create', 'onnet', '--name', 'web', ...where)).status).toBe(9);
    const lines = lab('onnet', 'goldsmith-test');
    expect(await shownAtConsole(['vm', 'console', 'web'], lines, 'login:', env, libvirt.through)).toContain('login:');
    const said = await answered(() =>
      vm('ssh', 'web', 'hostname; cat /sys/block/vda/size /sys/block/vdb/size; ip -4 addr'),
    );
    expect(said).toMatch(/^web\n2097152\n131072\n[\s\S]* inet 10\.77\.0\./);
    await succeeded(vm('stop', '--force', 'web'));
    await succeeded(vm('rm', 'web'));
    expect(domains()).toEqual([]);
    expect(volumes()).not.toContain('goldsmith-vm-web');
    expect(existsSync(path.join(home.machines, 'web'))).toBe(false);
  });

  it('leaves nothing of one that cannot be made', { timeout: SLOW }, async () => {
    const refused = await vm(
      'create',
      'onnet',
      '--name',
      'bad',
      '--uri',
      libvirt.uri,
      '--network',
      'no-such',
      '--json',
    );
    expect(refused.status).toBe(8);
    expect(domains()).toEqual([]);
    expect(volumes()).not.toContain('goldsmith-vm-bad');
    expect(existsSync(path.join(home.machines, 'bad'))).toBe(false);
  });

  it('writes it for others as that libvirt would have it', { timeout: SLOW }, async () => {
    const xml = path.join(libvirt.dir, 'vm.xml');
    const flags = ['--name', 'web', '--uri', libvirt.uri, '--network', 'default', '--to'];
    writeFileSync(xml, (await succeeded(vm('create', 'onnet', ...flags, 'xml'))).stdout);
    execFileSync('virt-xml-validate', [xml, 'domain'], { stdio: 'pipe' });
    expect(readFileSync(xml, 'utf8')).not.toContain(home.machines);
    expect((await succeeded(vm('create', 'onnet', ...flags, 'terraform'))).stdout).toContain(`uri = "${libvirt.uri}"`);
  });
});

async function expectReleased(ending: Promise<Ended>): Promise<void> {
  const { events } = await succeeded(ending);
  expect(events.filter(event => event.type === 'request' && event.status === 200)).not.toEqual([]);
  if (runsAll) expect(events.filter(event => event.type === 'test' && event.ok)).not.toEqual([]);
  expect(domains()).toEqual([]);
}
