import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../core/exec.ts';
import { DEFAULTS, exportRelease } from '../../core/export/export.ts';
import { verifyHandOff } from '../../core/export/verify.ts';
import { convertImage, type QemuFormat } from '../../core/media/qemu-img.ts';
import { TestScope } from '../guest/scope.ts';
import { checkGpt } from './gpt-disk.ts';
import { ALL, hash, makeSmallRelease, signal } from './small-release.ts';

const MIB = 1024 ** 2;
/** No whole number of MiB, to be rounded up. */
const DISK_BYTES = 40 * MIB + 4096;
const { dir, at, release, manifest, make } = await makeSmallRelease(DISK_BYTES);

beforeAll(() => make(ALL, at('out')));

describe('every target', () => {
  it('is there, whole, and checked', async () => {
    const report = await verifyHandOff(at('out'), signal);
    expect(report.problems).toEqual([]);
    expect((await readdir(dir)).filter(name => name.startsWith('.'))).toEqual([]);
  });

  const readers: [file: string, format: QemuFormat][] = [
    ['web-v1.raw', 'raw'],
    ['web-v1.qcow2', 'qcow2'],
    ['web-v1.vhd', 'vpc'],
    ['web-v1-azure.vhd', 'vpc'],
    ['web-v1-dynamic.vhd', 'vpc'],
    ['web-v1.vhdx', 'vhdx'],
    ['web-v1-sparse.vmdk', 'vmdk'],
    ['web-v1.vmdk', 'vmdk'],
  ];
  it.each(readers)('holds the same disk, says qemu-img: %s', async (file, format) => {
    const exported = { path: at('out', file), format };
    await rm(at('back.raw'));
    await convertImage(exported, { path: at('back.raw'), format: 'raw' });
    const same = readFileSync(at('disk.raw'));
    const back = readFileSync(at('back.raw'));
    // The first sectors and the end hold the partition table, which is another one where the disk was rounded up.
    expect(
      back.subarray(34 * 512, same.length - 34 * 512).equals(same.subarray(34 * 512, same.length - 34 * 512)),
    ).toBe(true);
    expect(await checkGpt(at('back.raw'), back.length)).toEqual([true, true]);
  });

  it.each([
    ['web-v1.vmdk', 'VMDK'],
    ['web-v1.vhdx', 'VHDX'],
    ['web-v1.qcow2', 'QCOW'],
    ['web-v1.vhd', 'VHD'],
  ])('holds the same disk, says 7-Zip: %s', async (file, type) => {
    const out = at('7z');
    mkdirSync(out, { recursive: true });
    const program = await run('7z', ['i']).then(
      () => '7z',
      () => '7zz',
    );
    await run(program, ['e', '-y', `-t${type}`, `-o${out}`, at('out', file)]);
    const [name = ''] = await readdir(out);
    await rm(at('back.raw'));
    await convertImage(
      { path: at('out', file), format: FORMAT_OF[type] ?? 'raw' },
      { path: at('back.raw'), format: 'raw' },
    );
    expect(hash(path.join(out, name))).toBe(hash(at('back.raw')));
    rmSync(out, { recursive: true });
  });
  const FORMAT_OF: Record<string, QemuFormat> = { VMDK: 'vmdk', VHDX: 'vhdx', QCOW: 'qcow2', VHD: 'vpc' };

  // Sleuth Kit reads these with libvhdi and libvmdk: nothing of QEMU's. It knows no QCOW2.
  const bySleuthKit: [file: string, type: string, format: QemuFormat][] = [
    ['web-v1.vhd', 'vhd', 'vpc'],
    ['web-v1-azure.vhd', 'vhd', 'vpc'],
    ['web-v1-dynamic.vhd', 'vhd', 'vpc'],
    ['web-v1.vhdx', 'vhd', 'vhdx'],
    ['web-v1-sparse.vmdk', 'vmdk', 'vmdk'],
    ['web-v1.vmdk', 'vmdk', 'vmdk'],
  ];
  it.each(bySleuthKit)('holds the same disk, says The Sleuth Kit: %s', async (file, type, format) => {
    await run('sh', ['-c', `img_cat -i ${type} "$1" > "$2"`, 'sh', at('out', file), at('tsk.raw')]);
    await rm(at('back.raw'));
    await convertImage({ path: at('out', file), format }, { path: at('back.raw'), format: 'raw' });
    expect(statSync(at('tsk.raw')).size).toBe(statSync(at('back.raw')).size);
    expect(hash(at('tsk.raw'))).toBe(hash(at('back.raw')));
  });

  it('is unpacked by GNU tar as one sparse disk.raw of a whole GiB: gcp', async () => {
    mkdirSync(at('gcp'));
    await run('tar', ['-xSzf', at('out', 'web-v1-gcp.tar.gz'), '-C', at('gcp')]);
    expect(await readdir(at('gcp'))).toEqual(['disk.raw']);
    const { size, blocks } = statSync(at('gcp', 'disk.raw'));
    expect(size).toBe(1024 ** 3);
    expect(blocks * 512).toBeLessThan(20 * MIB);
    expect(await checkGpt(at('gcp', 'disk.raw'), size)).toEqual([true, true]);
    const wanted = { path: at('disk.raw'), format: 'raw' } as const;
    const grown = { path: at('gcp', 'disk.raw'), format: 'raw' } as const;
    expect(await sameMiddle(wanted.path, grown.path)).toBe(true);
  });

  it.each(['web-v1-vmware.ova', 'web-v1-virtualbox.ova', 'web-v1-aws.ova'])('has the OVF first: %s', async name => {
    const { stdout } = await run('tar', ['-tf', at('out', name)]);
    const stem = name.replace('.ova', '');
    expect(stdout.split('\n')).toEqual([`${stem}.ovf`, `${stem}.mf`, 'web-v1.vmdk']);
  });

  it('is a box that names its disk and its size in GiB, rounded up', async () => {
    const { stdout } = await run('tar', ['-xOf', at('out', 'web-v1-libvirt.box'), 'metadata.json']);
    expect(JSON.parse(stdout)).toEqual({ provider: 'libvirt', format: 'qcow2', virtual_size: 1 });
    const members = (await run('tar', ['-tf', at('out', 'web-v1-virtualbox.box')])).stdout.split('\n');
    expect(members).toEqual(['metadata.json', 'info.json', 'Vagrantfile', 'box.ovf', 'web-v1.vmdk']);
  });

  it('is a root file system that GNU tar unpacks, with its labels in the import line: docker', async () => {
    mkdirSync(at('unpacked'));
    await run('tar', ['-xzf', at('out', 'web-v1-rootfs.tar.gz'), '-C', at('unpacked')]);
    expect(readFileSync(at('unpacked', 'etc', 'os-release'), 'utf8')).toBe('ID=test\n');
    const { stdout } = await run('sh', [at('out', 'upload-docker.sh'), '--dry-run']);
    expect(stdout).toContain('LABEL org.opencontainers.image.version="v1"');
    expect(stdout).toContain(`LABEL goldsmith.release="${release.id}"`);
  });
});

it('is signed when a key is named, and checked by the public one', async () => {
  await run('minisign', ['-G', '-W', '-p', at('public'), '-s', at('secret')]);
  const options = { ...DEFAULTS, signKey: at('secret') };
  await exportRelease(new TestScope(), release, manifest, ['raw'], at('signed'), options);
  const report = await verifyHandOff(at('signed'), signal, at('public'));
  expect(report).toMatchObject({ signature: 'good', problems: [] });
  expect(await verifyHandOff(at('signed'), signal)).toMatchObject({ signature: 'unchecked', problems: [] });
  const unsigned = await verifyHandOff(at('out'), signal, at('public'));
  expect(unsigned).toMatchObject({ signature: 'bad', problems: [{ code: 'signature-invalid' }] });
});

it('makes what two targets share once, and whole: vhdx and hyperv side by side', async () => {
  await make(['vhdx', 'hyperv'], at('both'));
  expect((await verifyHandOff(at('both'), signal)).problems).toEqual([]);
});

it('is the same disk byte for byte for all who start it alike', async () => {
  const inside = async (archive: string): Promise<string> =>
    (await run('sh', ['-c', 'tar -xOf "$1" web-v1.vmdk | sha256sum', 'sh', at('out', archive)])).stdout.slice(0, 64);
  expect(hash(at('out', 'web-v1.vhd'))).toBe(hash(at('out', 'web-v1-azure.vhd')));
  expect(await inside('web-v1-aws.ova')).toBe(hash(at('out', 'web-v1.vmdk')));
});

it('gives the same bytes again, whatever the target', async () => {
  await make(ALL, at('again'));
  const files = await readdir(at('again'));
  expect(files).toEqual(await readdir(at('out')));
  expect(files.filter(name => hash(at('again', name)) !== hash(at('out', name)))).toEqual([]);
});

async function rm(file: string): Promise<void> {
  rmSync(file, { force: true });
}

async function sameMiddle(wanted: string, grown: string): Promise<boolean> {
  const [left, right] = [await open(wanted), await open(grown)];
  const bytes = DISK_BYTES - 68 * 512;
  const [a, b] = [Buffer.alloc(bytes), Buffer.alloc(bytes)];
  await left.read(a, 0, bytes, 34 * 512);
  await right.read(b, 0, bytes, 34 * 512);
  await left.close();
  await right.close();
  return a.equals(b);
}
