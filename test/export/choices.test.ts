import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../core/exec.ts';
import { DEFAULTS, exportRelease } from '../../core/export/export.ts';
import { verifyHandOff } from '../../core/export/verify.ts';
import type { ExportOptions } from '../../core/export/work.ts';
import { inspectForeign } from '../../core/media/foreign/inspect.ts';
import { unpackOva } from '../../core/media/foreign/ova.ts';
import { compareImages, convertImage } from '../../core/media/qemu-img.ts';
import type { TargetName } from '../../core/model/export.ts';
import type { ReleaseInfo } from '../../core/model/image.ts';
import type { Manifest } from '../../core/model/manifest.ts';
import { TestScope } from '../guest/scope.ts';
import { makeGptDisk } from './gpt-disk.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-choices-'));
const at = (...parts: string[]): string => path.join(dir, ...parts);
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const MIB = 1024 ** 2;
const signal = new AbortController().signal;

const disk = (nth: number) => ({
  file: nth === 0 ? 'disk.qcow2' : `disk-${nth}.qcow2`,
  format: 'qcow2' as const,
  bytes: 0,
  sha256: '',
  virtualSizeBytes: 0,
});
const release = {
  image: 'web',
  version: 'v1',
  id: `sha256:${'5'.repeat(64)}`,
  path: at('disk.qcow2'),
  dir,
  format: 'qcow2',
} as ReleaseInfo;
const manifest: Manifest = {
  schema: 1,
  image: 'web',
  version: 'v1',
  createdAt: '2026-01-01T00:00:00.000Z',
  disks: [disk(0), disk(1)],
  files: [],
  inputs: [],
  tools: {},
  timings: [],
  tests: [],
};

beforeAll(async () => {
  for (const [nth, bytes] of [40 * MIB, 24 * MIB].entries()) {
    await makeGptDisk(at(`${nth}.raw`), bytes);
    await convertImage({ path: at(`${nth}.raw`), format: 'raw' }, { path: at(disk(nth).file), format: 'qcow2' });
  }
});

let count = 0;
async function make(
  targets: TargetName[],
  options: Partial<ExportOptions> = {},
  disks = 2,
  more: Partial<Manifest> = {},
  scope = new TestScope(),
): Promise<string> {
  const out = at(`out-${++count}`);
  const about = { ...manifest, disks: manifest.disks.slice(0, disks), ...more };
  await exportRelease(scope, release, about, targets, out, { ...DEFAULTS, ...options });
  expect((await verifyHandOff(out, signal)).problems).toEqual([]);
  return out;
}
const member = async (archive: string, name: string): Promise<string> =>
  (await run('tar', ['-xOf', archive, name])).stdout;

describe('a release with two disks', () => {
  it('goes into an OVA whole, as another reader finds it', async () => {
    const out = await make(['ova-vmware']);
    mkdirSync(at('unpacked'));
    const { disks, description } = await unpackOva(path.join(out, 'web-v1-vmware.ova'), at('unpacked'), signal);
    expect(description.disks.map(({ file }) => file)).toEqual(['web-v1.vmdk', 'web-v1-disk2.vmdk']);
    for (const [nth, { path: file }] of disks.entries()) {
      const { format } = await inspectForeign(file);
      const compared = await compareImages({ path: file, format }, { path: at(`${nth}.raw`), format: 'raw' });
      expect(compared).toEqual({ isSame: true });
    }
  });

  it('is a file for each disk where a format holds one', async () => {
    const targets = ['raw', 'qcow2', 'azure', 'vhdx', 'aws', 'gcp'] as const;
    const out = await make([...targets]);
    const { targets: made } = JSON.parse(readFileSync(path.join(out, 'manifest.json'), 'utf8'));
    expect(made.map(({ files }: { files: string[] }) => files)).toEqual([
      ['web-v1.raw', 'web-v1-disk2.raw'],
      ['web-v1.qcow2', 'web-v1-disk2.qcow2'],
      ['web-v1-azure.vhd', 'web-v1-disk2-azure.vhd'],
      ['web-v1.vhdx', 'web-v1-disk2.vhdx'],
      [
        'web-v1.vmdk',
        'web-v1-disk2.vmdk',
        'web-v1.import-image.json',
        'web-v1.import-snapshot.json',
        'web-v1-disk2.import-snapshot.json',
      ],
      ['web-v1-gcp.tar.gz', 'web-v1-disk2-gcp.tar.gz'],
    ]);
    const request = JSON.parse(readFileSync(path.join(out, 'web-v1.import-image.json'), 'utf8'));
    expect(request.DiskContainers.map((one: { UserBucket: { S3Key: string } }) => one.UserBucket.S3Key)).toEqual([
      'web-v1.vmdk',
      'web-v1-disk2.vmdk',
    ]);
    const second = { path: path.join(out, 'web-v1-disk2.vhdx'), format: 'vhdx' } as const;
    expect(await compareImages(second, { path: at('1.raw'), format: 'raw' })).toEqual({ isSame: true });
  });

  it('is a Vagrant box of version 2, and never half a box of version 1', async () => {
    const out = await make(['vagrant-libvirt'], { boxVersion: 2 });
    const box = path.join(out, 'web-v1-libvirt.box');
    expect(JSON.parse(await member(box, 'metadata.json'))).toEqual({
      provider: 'libvirt',
      disks: [
        { path: 'box_0.img', format: 'qcow2' },
        { path: 'box_1.img', format: 'qcow2' },
      ],
    });
    expect((await run('tar', ['-tf', box])).stdout.split('\n').slice(-2)).toEqual(['box_0.img', 'box_1.img']);
    await expect(make(['vagrant-libvirt'])).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('what can be chosen', () => {
  it('is chosen for each target on its own', async () => {
    const out = await make(
      ['ova-vmware', 'ova-virtualbox', 'qcow2', 'openstack'],
      {
        perTarget: {
          'ova-vmware': {
            hardwareVersion: 19,
            manifestHash: 'sha1',
            controller: 'pvscsi',
            network: 'e1000',
            firmware: 'efi',
            cpus: 4,
            memoryMiB: 512,
          },
          'ova-virtualbox': { controller: 'ide' },
        },
      },
      1,
    );
    const ovf = await member(path.join(out, 'web-v1-vmware.ova'), 'web-v1-vmware.ovf');
    for (const words of ['vmx-19', 'VirtualSCSI', 'E1000', 'vmw:value="efi"', '4 virtual CPUs', '512 MiB'])
      expect(ovf).toContain(words);
    expect(await member(path.join(out, 'web-v1-vmware.ova'), 'web-v1-vmware.mf')).toMatch(/^SHA1\(/);
    expect(await member(path.join(out, 'web-v1-virtualbox.ova'), 'web-v1-virtualbox.mf')).toMatch(/^SHA256\(/);
    const descriptor = await member(path.join(out, 'web-v1-virtualbox.ova'), 'web-v1.vmdk');
    expect(descriptor).toContain('ddb.adapterType = "ide"');
    expect(await member(path.join(out, 'web-v1-vmware.ova'), 'web-v1.vmdk')).toContain('ddb.virtualHWVersion = "19"');
  });

  it.each(['ova-virtualbox', 'vagrant-virtualbox'] as const)(
    'is refused when VirtualBox has no such thing: %s',
    async target => {
      await expect(make([target], { controller: 'pvscsi' })).rejects.toMatchObject({
        code: 'unsupported',
        message: 'A machine of virtualbox has no pvscsi.',
      });
      await expect(make([target], { network: 'vmxnet3' })).rejects.toMatchObject({ code: 'unsupported' });
    },
  );

  it('is refused when the disks do not fit on it', async () => {
    const three = { disks: [...manifest.disks, disk(1)] };
    const made = make(['ova-vmware'], { controller: 'ide' }, 3, three);
    await expect(made).rejects.toMatchObject({
      message: '3 disks do not fit on one ide controller.',
      hint: 'It takes 2; sata takes 30.',
    });
  });

  it('is the firmware that a box of VirtualBox starts with: an OVF cannot tell it', async () => {
    const vagrantfile = async (firmware: 'bios' | 'efi'): Promise<string> =>
      member(path.join(await make(['vagrant-virtualbox'], { firmware }, 1), 'web-v1-virtualbox.box'), 'Vagrantfile');
    expect(await vagrantfile('efi')).toContain('virtualbox.customize ["modifyvm", :id, "--firmware", "efi"]');
    expect(await vagrantfile('bios')).not.toContain('firmware');
  });

  it.each([
    ['zlib', 'zlib'],
    ['zstd', 'zstd'],
    ['none', 'zlib'],
  ] as const)('is the compression of a QCOW2: %s', async (compression, told) => {
    const out = await make(['qcow2'], { compression }, 1);
    const file = path.join(out, 'web-v1.qcow2');
    const { stdout } = await run('qemu-img', ['info', '-f', 'qcow2', '--output=json', file]);
    expect(JSON.parse(stdout)['format-specific'].data['compression-type']).toBe(told);
    expect(await compareImages({ path: file, format: 'qcow2' }, { path: at('0.raw'), format: 'raw' })).toEqual({
      isSame: true,
    });
  });
});

it('what several targets have to warn of is said once', async () => {
  const scope = new TestScope();
  const packages = [{ name: 'linux-image-6.12.1+deb13-cloud-amd64', version: '1' }];
  await make(['ova-virtualbox', 'vagrant-virtualbox', 'ova-vmware'], {}, 1, { packages }, scope);
  const warnings = scope.events.flatMap(event => (event.type === 'warning' ? [event.message] : []));
  expect(warnings).toEqual([expect.stringContaining('no driver for the e1000')]);
});

describe('Vagrant’s catalogue', () => {
  it('names the boxes beside it, and grows with each release', async () => {
    const catalog = { file: at('boxes.json'), baseUrl: 'https://boxes.example.org/web/', name: 'lab/web' };
    const out = await make(['vagrant-libvirt', 'vagrant-virtualbox'], { catalog }, 1);
    const { sha256 } = JSON.parse(readFileSync(path.join(out, 'manifest.json'), 'utf8')).files.find(
      ({ file }: { file: string }) => file === 'web-v1-libvirt.box',
    );
    const grown = JSON.parse(readFileSync(at('boxes.json'), 'utf8'));
    expect(grown.versions[0].providers[0]).toEqual({
      name: 'libvirt',
      url: 'https://boxes.example.org/web/web-v1-libvirt.box',
      checksum: sha256,
      checksum_type: 'sha256',
    });
    expect(JSON.parse(readFileSync(path.join(out, 'web-v1.vagrant.json'), 'utf8'))).toEqual(grown);
    const beside = await make(['vagrant-libvirt'], {}, 1);
    expect(
      JSON.parse(readFileSync(path.join(beside, 'web-v1.vagrant.json'), 'utf8')).versions[0].providers[0].url,
    ).toBe('web-v1-libvirt.box');
  });
});
