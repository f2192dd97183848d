import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineDeps } from '../../core/engine/deps.ts';
import { rootReader } from '../../core/engine/read-root.ts';
import { readPartitions } from '../../core/export/root/partitions.ts';
import { LVM_DISK_BYTES, makeLvmDisk } from '../export/lvm-disk.ts';
import { runsAll } from '../extent.ts';
import { SLOW } from '../patience.ts';
import { goldsmith, home, installedBefore, makeLab, resultOf, start, succeeded } from './goldsmith.ts';
import { RECEIVERS, type Receiver } from './receivers.ts';
import { type Booted, bootTarget, type Devices, hasOvmf } from './target-vm.ts';

const BOOT_MS = 200_000;
const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-real-exports-'));
const version = `v${Date.now()}`;
const lab = makeLab('handed', {
  ...installedBefore(),
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
    'aws',
    'vagrant-virtualbox',
    { format: 'vagrant-libvirt', box_version: 2 },
    'docker',
  ],
  hand_off: { to: 'out', vagrant_catalog: { file: 'boxes.json' } },
});
const handOff = path.join(lab, 'out', `handed-${version}`);
const file = (end: string): string => path.join(handOff, `handed-${version}${end}`);
/** Unpacks one member of an archive. @returns its path */
function unpacked(archive: string, member: string): string {
  const place = path.join(dir, path.basename(archive));
  mkdirSync(place, { recursive: true });
  execFileSync('tar', ['-xSf', archive, '-C', place, member]);
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
afterAll(() => {
  for (const folder of [dir, lab]) rmSync(folder, { recursive: true, force: true }); // half a GiB of exports
});

it('a build hands its release on as lab.yaml says, checked by goldsmith verify', { timeout: SLOW }, async () => {
  await succeeded(goldsmith(['verify', `${handOff}/`], lab));
  expect(readdirSync(path.dirname(handOff))).toEqual([`handed-${version}`]);
  const catalog = JSON.parse(readFileSync(path.join(lab, 'boxes.json'), 'utf8'));
  const boxes = ['libvirt', 'virtualbox'].map(name => ({ name, box: file(`-${name}.box`) }));
  expect(catalog.versions[0].providers).toEqual(
    boxes.map(({ name, box }) => ({ name, url: `file://${box}`, checksum: hash(box), checksum_type: 'sha256' })),
  );
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

  it('is read from logical volumes too, each where its fstab wants it', { timeout: SLOW }, async () => {
    const [disk, tar] = [path.join(dir, 'lvm.raw'), path.join(dir, 'lvm.tar')];
    makeLvmDisk(disk);
    const deps = new EngineDeps({ cwd: lab, env: { ...process.env, GOLDSMITH_HOME: path.dirname(home.store) } });
    const store = await deps.store();
    const release = await store.resolve('handed');
    const read = rootReader(deps, release, await store.manifest(`handed@${version}`));
    const bytes = await read({ path: disk, bytes: LVM_DISK_BYTES, extents: [] }, tar, new AbortController().signal);
    truncateSync(tar, bytes);
    const names = execFileSync('tar', ['-tf', tar]).toString().trim().split('\n');
    expect(names).toEqual([
      './',
      './etc/',
      './etc/fstab',
      './home/',
      './home/lost+found/',
      './home/mail',
      './usr/',
      './usr/motto',
    ]);
    expect(execFileSync('tar', ['-xOf', tar, './usr/motto']).toString()).toBe('on LVM\n');
  });
});

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

/** Targets that hold the same disk for the same machine share the boot of it. */
const booted = new Map<string, Promise<Booted>>();
function boot(receiver: Receiver, place: string, sum: string, devices: Devices): Promise<Booted> {
  const key = JSON.stringify([sum, devices]);
  const image = { path: place, format: receiver.format };
  const name = `${receiver.target}-${devices.firmware}`;
  const running = booted.get(key) ?? inLane(() => bootTarget({ name, image, devices }, dir, BOOT_MS));
  booted.set(key, running);
  return running;
}

describe('boots with the devices of its target, and stays as it is', () => {
  const places = new Map<string, string>();
  const diskOf = ({ target, file: end, member }: Receiver): string => {
    const place = places.get(target) ?? (member ? unpacked(file(end), member(`handed-${version}`)) : file(end));
    places.set(target, place);
    return place;
  };
  const all = RECEIVERS.flatMap(receiver => receiver.machines.map(devices => ({ receiver, devices })));
  // Each controller once; virtio is what the clones of every build boot from.
  const first = all.filter(
    ({ devices: { disk } }, at) => disk !== 'virtio' && all.findIndex(row => row.devices.disk === disk) === at,
  );
  const rows = runsAll ? all : first;
  const named = rows.map(row => ({ ...row, target: row.receiver.target, ...row.devices }));

  it.concurrent.each(named)('$target: $firmware, $disk, $card', { timeout: SLOW }, async ({ receiver, devices }) => {
    if (devices.firmware === 'efi' && !hasOvmf) return; // the set-up installs it where the distribution has it
    const place = diskOf(receiver);
    const before = hash(place);
    const { hasPrompt, banner, serial } = await boot(receiver, place, before, devices);
    expect(serial).toContain('login:');
    expect(hasPrompt).toBe(true);
    expect(banner).toMatch(/^SSH-2\.0-/);
    expect(hash(place)).toBe(before);
  });
});
