import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPartitions } from '../../core/export/root/partitions.ts';
import { goldsmith, makeLab, resultOf, start, succeeded } from './goldsmith.ts';
import { bootTarget, hasOvmf, type TargetVm } from './target-vm.ts';

const SLOW = 300_000;
const BOOT_MS = 150_000;
const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-real-exports-'));
const version = `v${Date.now()}`;
const lab = makeLab('handed', {
  boot_test: { user: 'root', timeout: '3m', clones: 1, boots: 1 },
  exports: [
    'raw',
    'azure',
    'hyperv',
    'vhd-dynamic',
    'vmdk',
    'gcp',
    'openstack',
    { format: 'ova-vmware', controller: 'pvscsi' },
    'ova-virtualbox',
    { format: 'vagrant-libvirt', box_version: 2 },
    'docker',
  ],
  hand_off: { to: 'out', vagrant_catalog: { file: 'boxes.json' } },
});
const handOff = path.join(lab, 'out', `handed-${version}`);
const file = (end: string): string => path.join(handOff, `handed-${version}${end}`);
/** Unpacks one member of an archive. @returns its path */
function unpacked(archive: string, member: string, ...switches: string[]): string {
  const place = path.join(dir, path.basename(archive));
  mkdirSync(place, { recursive: true });
  execFileSync('tar', ['-x', ...switches, '-f', archive, '-C', place, member]);
  return path.join(place, member);
}
const hash = (place: string): string => createHash('sha256').update(readFileSync(place)).digest('hex');

beforeAll(async () => {
  await succeeded(goldsmith(['iso', 'tiny'], process.cwd()));
  const ended = await succeeded(goldsmith(['build', 'handed', '--json', '--version', version], lab));
  expect(resultOf(ended)).toMatchObject({ handOff: { dir: handOff } });
  const told = new Set(ended.events.flatMap(event => (event.type === 'progress' ? [event.what] : [])));
  for (const end of ['.raw', '.vhdx', '.vmdk', '.qcow2', '-gcp.tar.gz', '-rootfs.tar.gz']) {
    expect(told).toContain(`handed-${version}${end}`);
  }
}, SLOW);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('a build hands its release on as lab.yaml says, checked by goldsmith verify', { timeout: SLOW }, async () => {
  await succeeded(goldsmith(['verify', `${handOff}/`], lab));
  expect(readdirSync(path.dirname(handOff))).toEqual([`handed-${version}`]);
  const catalog = JSON.parse(readFileSync(path.join(lab, 'boxes.json'), 'utf8'));
  const box = file('-libvirt.box');
  expect(catalog.versions[0].providers).toEqual([
    { name: 'libvirt', url: `file://${box}`, checksum: hash(box), checksum_type: 'sha256' },
  ]);
  const bom = JSON.parse(readFileSync(file('.cdx.json'), 'utf8'));
  const names = bom.components.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['busybox-static', 'openssh-server', 'libc6']));
});

it('is interrupted halfway: nothing is there, nothing is left', { timeout: SLOW }, async () => {
  const running = start(['export', 'handed', '--to', 'docker,gcp,qcow2', '-o', 'cut', '--json'], lab);
  await running.event(event => event.type === 'note' && /^(gcp|qcow2):/.test(event.message));
  running.child.kill('SIGINT');
  expect((await running.ended).status).toBe(130);
  expect(readdirSync(lab).filter(name => name.includes('cut'))).toEqual([]);
});

describe('the root file system for Docker', () => {
  it('is file by file what e2fsprogs reads from the sealed disk', { timeout: SLOW }, async () => {
    const raw = file('.raw');
    const partitions = await readPartitions(raw, readFileSync(raw).length);
    const root = partitions.at(-1)?.start;
    const [tree, rootfs] = [path.join(dir, 'tree'), path.join(dir, 'rootfs')];
    for (const folder of [tree, rootfs]) mkdirSync(folder);
    execFileSync('debugfs', ['-R', `rdump / ${tree}`, `${raw}?offset=${root}`], { stdio: 'ignore' });
    execFileSync('tar', ['-xzf', file('-rootfs.tar.gz'), '-C', rootfs]);
    for (const name of ['boot', 'lost+found', 'dev']) {
      rmSync(path.join(tree, name), { recursive: true, force: true });
      rmSync(path.join(rootfs, name), { recursive: true, force: true });
    }
    expect(execFileSync('diff', ['-r', '--no-dereference', tree, rootfs]).toString()).toBe('');
    const modes = (folder: string): string =>
      execFileSync('find', ['.', '-printf', '%p %m %U:%G %l\n'], { cwd: folder }).toString();
    const sorted = (text: string): string[] => text.split('\n').sort();
    // debugfs makes no sticky bits
    const plain = (text: string): string => text.replaceAll(' 1777 ', ' 777 ');
    if (process.getuid?.() === 0) expect(sorted(plain(modes(rootfs)))).toEqual(sorted(modes(tree)));
    expect(readFileSync(path.join(rootfs, 'etc/machine-id'), 'utf8')).toBe('');
  });
});

/** Each export as its receiver boots it. The tiny guest's kernel has no driver for e1000: there it is only present. */
const TARGETS: [target: string, vm: Omit<TargetVm, 'name'>][] = [
  [
    'azure, generation 1',
    { image: { path: file('-azure.vhd'), format: 'vpc' }, firmware: 'bios', disk: 'ide', card: 'e1000' },
  ],
  ['hyperv', { image: { path: file('.vhdx'), format: 'vhdx' }, firmware: 'efi', disk: 'sata', card: 'e1000' }],
  ['vmware', { image: { path: '', format: 'vmdk' }, firmware: 'bios', disk: 'pvscsi', card: 'vmxnet3' }],
  [
    'vmware with UEFI',
    { image: { path: file('-sparse.vmdk'), format: 'vmdk' }, firmware: 'efi', disk: 'sata', card: 'vmxnet3' },
  ],
  [
    'a dynamic VHD',
    { image: { path: file('-dynamic.vhd'), format: 'vpc' }, firmware: 'bios', disk: 'ide', card: 'e1000' },
  ],
  ['virtualbox', { image: { path: '', format: 'vmdk' }, firmware: 'bios', disk: 'sata', card: 'e1000' }],
  ['gcp', { image: { path: '', format: 'raw' }, firmware: 'efi', disk: 'virtio-scsi', card: 'virtio-net-pci' }],
  [
    'openstack',
    { image: { path: file('.qcow2'), format: 'qcow2' }, firmware: 'bios', disk: 'virtio', card: 'virtio-net-pci' },
  ],
];

/** Where the disk has to be taken out of an archive first. */
const UNPACK: Record<string, () => string> = {
  vmware: () => unpacked(file('-vmware.ova'), `handed-${version}.vmdk`),
  virtualbox: () => unpacked(file('-virtualbox.ova'), `handed-${version}.vmdk`),
  gcp: () => unpacked(file('-gcp.tar.gz'), 'disk.raw', '-S'),
};

/** Two machines at once: each boots mostly on one processor. */
let lanes = [Promise.resolve(), Promise.resolve()];
function inLane<T>(work: () => Promise<T>): Promise<T> {
  const [first = Promise.resolve(), ...others] = lanes;
  const done = first.then(work);
  lanes = [
    ...others,
    done.then(
      () => undefined,
      () => undefined,
    ),
  ];
  return done;
}

describe('boots with the devices of its target, and stays as it is', () => {
  it.concurrent.each(TARGETS)('%s', { timeout: SLOW }, async (target, vm) => {
    if (vm.firmware === 'efi' && !hasOvmf) return; // the set-up installs it where the distribution has it
    const place = UNPACK[target]?.() ?? vm.image.path;
    const before = hash(place);
    const name = target.replace(/\W+/g, '-');
    const asks = vm.card !== 'e1000';
    const whole = { ...vm, name, image: { ...vm.image, path: place } };
    const booted = await inLane(() => bootTarget(whole, dir, asks, BOOT_MS));
    expect(booted.serial).toContain('login:');
    expect(booted.hasPrompt).toBe(true);
    if (asks) expect(booted.banner).toMatch(/^SSH-2\.0-/);
    expect(hash(place)).toBe(before);
  });
});
