import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../core/exec.ts';
import { CHECKS } from '../../core/export/checks/table.ts';
import { DEFAULTS, exportRelease } from '../../core/export/export.ts';
import { vhdChecksum } from '../../core/export/vhd.ts';
import { convertImage } from '../../core/media/qemu-img.ts';
import { TARGET_NAMES, type TargetName } from '../../core/model/export.ts';
import type { ReleaseInfo } from '../../core/model/image.ts';
import type { Manifest } from '../../core/model/manifest.ts';
import { TestScope } from '../guest/scope.ts';
import { makeGptDisk } from './gpt-disk.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-checks-'));
const at = (...parts: string[]): string => path.join(dir, ...parts);
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const MIB = 1024 ** 2;
/** No whole number of MiB, to be rounded up. */
const DISK_BYTES = 40 * MIB + 4096;
const OWN = TARGET_NAMES.filter(name => name !== 'docker');

beforeAll(async () => {
  await makeGptDisk(at('disk.raw'), DISK_BYTES);
  await convertImage({ path: at('disk.raw'), format: 'raw' }, { path: at('disk.qcow2'), format: 'qcow2' });
  const release = {
    image: 'web',
    version: 'v1',
    id: `sha256:${'5'.repeat(64)}`,
    path: at('disk.qcow2'),
    dir,
    format: 'qcow2',
  };
  const manifest = {
    image: 'web',
    version: 'v1',
    createdAt: '2026-01-01T00:00:00.000Z',
    disks: [{}],
    inputs: [],
    tests: [],
    tools: {},
  };
  await exportRelease(
    new TestScope(),
    release as unknown as ReleaseInfo,
    manifest as unknown as Manifest,
    [...OWN],
    at('out'),
    DEFAULTS,
  );
});

const FILES: Record<TargetName, string> = {
  raw: '.raw',
  qcow2: '.qcow2',
  openstack: '.qcow2',
  vhd: '.vhd',
  azure: '-azure.vhd',
  'vhd-dynamic': '-dynamic.vhd',
  vhdx: '.vhdx',
  hyperv: '.vhdx',
  vmdk: '-sparse.vmdk',
  'vmdk-stream': '.vmdk',
  aws: '.vmdk',
  'ova-vmware': '-vmware.ova',
  'ova-virtualbox': '-virtualbox.ova',
  'aws-ova': '-aws.ova',
  gcp: '-gcp.tar.gz',
  'vagrant-libvirt': '-libvirt.box',
  'vagrant-virtualbox': '-virtualbox.box',
  docker: '-rootfs.tar.gz',
};
const original = (target: TargetName): Buffer => readFileSync(at('out', `web-v1${FILES[target]}`));
const check = (target: TargetName, bytes: Buffer): Promise<string[]> => {
  writeFileSync(at('mutant'), bytes);
  return CHECKS[target].check(at('mutant'), DISK_BYTES);
};
/** What the check says of a copy with one thing changed. */
async function mutant(target: TargetName, change: Change): Promise<string> {
  const copy = Buffer.from(original(target));
  return (await check(target, change(copy))).join('; ');
}
type Change = (copy: Buffer) => Buffer;
const set =
  (place: number, bytes: number[]): Change =>
  copy => {
    Buffer.from(bytes).copy(copy, place < 0 ? copy.length + place : place);
    return copy;
  };

it.each(OWN)('finds nothing wrong with what was made: %s', async target => {
  expect(await check(target, original(target))).toEqual([]);
});

it.each(OWN)('finds it cut off, and empty: %s', async target => {
  const whole = original(target);
  expect((await check(target, whole.subarray(0, Math.floor(whole.length / 2)))).length).toBeGreaterThan(0);
  expect((await check(target, Buffer.alloc(4096))).length).toBeGreaterThan(0);
});

it.each(OWN)('finds it gone, and ends nobody: %s', async target => {
  const found = await CHECKS[target].check(at('nowhere'), DISK_BYTES).catch((error: Error) => [error.message]);
  expect(found.length).toBeGreaterThan(0);
});

describe('a fixed VHD', () => {
  /** With the checksum right, so that it is the field that is found. */
  const sealed =
    (place: number, bytes: number[]): Change =>
    copy => {
      const footer = copy.subarray(copy.length - 512);
      Buffer.from(bytes).copy(footer, place);
      footer.writeUInt32BE(vhdChecksum(footer), 64);
      return copy;
    };
  it.each([
    ['cookie', sealed(0, [0]), 'no VHD footer'],
    ['features', sealed(11, [9]), 'features'],
    ['version', sealed(12, [9]), 'version'],
    ['data offset', sealed(16, [0]), 'data offset'],
    ['creator', sealed(28, [...Buffer.from('qemu')]), 'creator'],
    ['host', sealed(36, [...Buffer.from('Lnux')]), 'host'],
    ['original size', sealed(45, [9]), 'two sizes differ'],
    ['current size', sealed(53, [9]), 'another size'],
    ['geometry', sealed(56, [1]), 'geometry'],
    ['type', sealed(63, [3]), 'not fixed'],
    ['checksum', set(-448, [9]), 'checksum of the footer'],
    ['primary GPT', set(512 + 60, [9]), 'header of its GPT'],
    ['backup GPT', set(-1024, [0]), 'backup of its GPT'],
    [
      'another disk',
      (copy: Buffer) => Buffer.concat([copy.subarray(0, -512), Buffer.alloc(MIB), copy.subarray(-512)]),
      'another size',
    ],
    ['half a sector', (copy: Buffer) => Buffer.concat([Buffer.alloc(256), copy]), 'whole number of MiB'],
  ] as const)('is found with a wrong field: %s', async (_, change, words) => {
    expect(await mutant('azure', change)).toContain(words);
  });
});

describe('a streamOptimized VMDK', () => {
  const text =
    (from: string, to: string): Change =>
    copy => {
      const place = copy.indexOf(from, 512, 'latin1');
      if (place < 0) throw new Error(from);
      copy.write(to, place, 'latin1');
      return copy;
    };
  it.each([
    ['magic', set(0, [0]), 'does not start'],
    ['version', set(4, [1]), 'version'],
    ['flags', set(8, [0]), 'flags'],
    ['capacity', set(12, [9]), 'capacity'],
    ['grain size', set(20, [64]), 'grains'],
    ['table entries', set(45, [1]), 'grain tables'],
    ['line ends', set(73, [0x0d]), 'line ends'],
    ['compression', set(77, [0]), 'compressed'],
    ['grain directory', set(56, [0]), 'footer'],
    ['end of stream', set(-1, [1]), 'end-of-stream'],
    ['footer', set(-1024, [0]), 'no footer'],
    ['footer marker', set(-1524, [0]), 'footer marker'],
    ['first grain', set(128 * 512, [9]), 'not where it should be'],
    ['kind', text('streamOptimized', 'monolithicFlat '), 'streamOptimized'],
    ['parent', text('parentCID=f', 'parentCID=0'), 'parent'],
    ['extent', text('SPARSE', 'FLAT  '), 'extent'],
    ['adapter', text('"lsilogic"', '"floppy.."'), 'adapter'],
    ['hardware', text('virtualHWVersion = "14"', 'virtualHWVersion = "xx"'), 'hardware version'],
  ] as const)('is found with a wrong field: %s', async (_, change, words) => {
    expect(await mutant('vmdk-stream', change)).toContain(words);
  });
});

describe('formats that qemu-img writes', () => {
  it.each([
    ['qcow2', set(4, [0, 0, 0, 9]), 'version'],
    ['qcow2', set(28, [0, 0, 0, 9]), 'sectors'],
    ['qcow2', set(28, [0, 0, 2, 0]), 'bytes'],
    ['vhdx', (copy: Buffer) => copy.fill(0, 65_536, 135_168), 'VHDX header'],
    ['vhdx', (copy: Buffer) => copy.fill(0, 196_608, 300_000), 'region table'],
    ['vmdk', set(12, [9]), 'size'],
    ['vmdk', set(4, [9]), 'version'],
    ['vhd-dynamic', set(512, [0]), 'header'],
    ['vhd-dynamic', set(-440, [9]), 'damaged'],
    ['raw', set(512 + 60, [9]), 'GPT'],
    ['raw', (copy: Buffer) => copy.subarray(0, -4096), 'bytes'],
  ] as const)('are found with a wrong field: %s', async (target, change, words) => {
    expect(await mutant(target, change)).toContain(words);
  });

  it('are found under the name of another one', async () => {
    expect((await check('vhdx', original('vmdk'))).join()).toContain('vmdk and not vhdx');
  });
});

type Members = { name: string; data: Buffer }[];

async function unpack(bytes: Buffer): Promise<Members> {
  const members: Members = [];
  const tar = extract();
  tar.end(bytes);
  for await (const entry of tar) members.push({ name: entry.header.name, data: await buffer(entry) });
  return members;
}

function repack(members: Members): Promise<Buffer> {
  const tar = pack();
  for (const { name, data } of members) tar.entry({ name }, data);
  tar.finalize();
  return buffer(tar);
}

describe('an OVA', () => {
  /** Another descriptor, with a manifest that is right for it. */
  const ovf =
    (from: string | RegExp, to: string) =>
    (members: Members): Members => {
      const [descriptor, manifest, ...disks] = members;
      const before = descriptor?.data.toString() ?? '';
      const after = Buffer.from(before.replace(from, to));
      if (after.toString() === before) throw new Error(String(from));
      const line = (name: string, data: Buffer): string =>
        `SHA256(${name})= ${createHash('sha256').update(data).digest('hex')}\n`;
      const lines = [line(descriptor?.name ?? '', after), ...disks.map(({ name, data }) => line(name, data))].join('');
      return [
        { name: descriptor?.name ?? '', data: after },
        { name: manifest?.name ?? '', data: Buffer.from(lines) },
        ...disks,
      ];
    };
  it.each([
    ['its disk first', (members: Members) => members.toReversed(), 'first member'],
    ['no manifest', (members: Members) => members.filter((_, nth) => nth !== 1), 'second member'],
    [
      'a disk that is another',
      (members: Members) =>
        members.map((one, nth) => (nth === 2 ? { ...one, data: Buffer.concat([one.data, Buffer.alloc(512)]) } : one)),
      'not as its manifest',
    ],
    [
      'a file that is in no manifest',
      (members: Members) => [...members, { name: 'more', data: Buffer.alloc(1) }],
      'not in its manifest',
    ],
    ['hardware of VirtualBox', ovf('vmx-14', 'virtualbox-2.2'), 'hardware family'],
    ['hardware of nobody', ovf('vmx-14', 'vmx-99'), 'hardware family'],
    ['another capacity', ovf(/ovf:capacity="\d+"/, 'ovf:capacity="5"'), 'capacity'],
    ['a capacity in GiB', ovf('capacityAllocationUnits="byte"', 'capacityAllocationUnits="byte * 2^30"'), 'in bytes'],
    ['a disk of another kind', ovf('#streamOptimized', '#sparse'), 'streamOptimized'],
    ['a disk of another length', ovf(/ovf:size="\d+"/, 'ovf:size="5"'), 'not as long'],
    ['a disk of another name', ovf('ovf:href="web-v1.vmdk"', 'ovf:href="other.vmdk"'), 'is not there'],
    ['no controller', ovf('ResourceType>20<', 'ResourceType>1<'), 'controller'],
  ] as const)('is found with %s', async (_, change, words) => {
    const changed = await repack(change(await unpack(original('ova-vmware'))));
    expect((await check('ova-vmware', changed)).join('; ')).toContain(words);
  });

  it('is found for another hypervisor', async () => {
    expect((await check('ova-virtualbox', original('ova-vmware'))).join()).toContain('hardware family vmx-14');
  });
});

describe('an archive for Google', () => {
  /** Changes the tar inside; the checksum of its header is made right again unless told otherwise. */
  const inside =
    (change: Change, isSealed = true): Change =>
    copy => {
      const changed = change(gunzipSync(copy));
      changed.write('        ', 148, 'latin1');
      const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0) + (isSealed ? 0 : 1);
      changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      return gzipSync(changed, { level: 1 });
    };
  it.each([
    ['another name', inside(set(0, [0x44])), 'not called disk.raw'],
    ['a member that is not sparse', inside(set(156, [0x30])), 'not sparse'],
    ['another tar format', inside(set(263, [0x30, 0x30])), 'no old-GNU'],
    ['a size of no whole GiB', inside(set(484, [...Buffer.from('00000001000')])), 'whole number of GiB'],
    ['a wrong checksum', inside(tar => tar, false), 'checksum'],
    ['another member', inside(tar => Buffer.concat([tar, Buffer.alloc(512)])), 'something else'],
    ['no end', inside(set(-1, [1])), 'end is missing'],
    ['no backup of its GPT', inside(set(-1536, [0])), 'backup of its GPT'],
    ['a damaged stream', set(-6, [1, 2]), 'damaged'],
  ] as const)('is found with %s', async (_, change, words) => {
    expect(await mutant('gcp', change)).toContain(words);
  });
});

describe('a Vagrant box', () => {
  const member =
    (name: string, content: string) =>
    (members: Members): Members =>
      members.map(one => (one.name === name ? { name, data: Buffer.from(content) } : one));
  it.each([
    [
      'vagrant-libvirt',
      'another size',
      member('metadata.json', '{"provider":"libvirt","format":"qcow2","virtual_size":7}'),
      'virtual_size',
    ],
    [
      'vagrant-libvirt',
      'another provider',
      member('metadata.json', '{"provider":"virtualbox"}'),
      'not one for libvirt',
    ],
    ['vagrant-libvirt', 'no JSON', member('metadata.json', '{'), 'metadata.json'],
    [
      'vagrant-libvirt',
      'a disk that is not there',
      member('metadata.json', '{"provider":"libvirt","disks":[{"path":"box_0.img","format":"qcow2"}]}'),
      'lacks box_0.img',
    ],
    [
      'vagrant-libvirt',
      'a way out',
      (members: Members) => [...members, { name: '../evil', data: Buffer.alloc(0) }],
      'no plain name',
    ],
    ['vagrant-virtualbox', 'no address', member('Vagrantfile', 'Vagrant.configure("2")'), 'address of the first card'],
    [
      'vagrant-virtualbox',
      'no OVF',
      (members: Members) => members.filter(({ name }) => name !== 'box.ovf'),
      'lacks box.ovf',
    ],
  ] as const)('%s is found with %s', async (target, _, change, words) => {
    const changed = await repack(change(await unpack(original(target))));
    expect((await check(target, changed)).join('; ')).toContain(words);
  });
});

describe('an archive for Docker', () => {
  it('is found without a system, with a way out, and damaged', async () => {
    const archive = (...args: string[]) => run('tar', ['-czPf', at('mutant'), ...args]);
    mkdirSync(at('root/etc'), { recursive: true });
    writeFileSync(at('root/etc/os-release'), 'ID=x\n');
    const verdict = () => CHECKS.docker.check(at('mutant'), DISK_BYTES);
    await archive('-C', at('root'), '--exclude=etc', '.');
    expect(await verdict()).toEqual(['it holds no os-release', 'it holds no shell']);
    await archive('-C', at('root'), '.');
    expect(await verdict()).toEqual(['it holds no shell']);
    await archive('--transform=s,^,../,', at('root/etc/os-release'));
    expect((await verdict()).join()).toContain('leads out of it');
    cpSync(at('mutant'), at('cut'));
    truncateSync(at('cut'), 40);
    expect(await CHECKS.docker.check(at('cut'), DISK_BYTES)).toEqual(['it is no whole tar archive in gzip']);
  });
});
