import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../core/exec.ts';
import { DEFAULTS, exportRelease, parseTargets } from '../../core/export/export.ts';
import { TARGETS } from '../../core/export/targets.ts';
import { verifyHandOff } from '../../core/export/verify.ts';
import type { RawDisk } from '../../core/export/work.ts';
import { convertImage, type QemuFormat } from '../../core/media/qemu-img.ts';
import type { TargetName } from '../../core/model/export.ts';
import { GoldsmithError } from '../../core/model/failure.ts';
import type { ReleaseInfo } from '../../core/model/image.ts';
import type { Manifest } from '../../core/model/manifest.ts';
import { tryLock } from '../../core/store/lock.ts';
import { TestScope } from '../guest/scope.ts';
import { checkGpt, makeGptDisk } from './gpt-disk.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-export-'));
const at = (...parts: string[]): string => path.join(dir, ...parts);
const signal = new AbortController().signal;
const MIB = 1024 ** 2;
/** No whole number of MiB, to be rounded up. */
const DISK_BYTES = 40 * MIB + 4096;
const ALL = Object.keys(TARGETS) as TargetName[];

const release: ReleaseInfo = {
  image: 'web',
  version: 'v1',
  id: `sha256:${'5'.repeat(64)}`,
  path: at('disk.qcow2'),
  dir,
  format: 'qcow2',
  bytes: 0,
  virtualBytes: DISK_BYTES,
  at: '2026-01-01T00:00:00.000Z',
  channels: ['latest'],
};
const manifest: Manifest = {
  schema: 1,
  image: 'web',
  version: 'v1',
  createdAt: '2026-01-01T00:00:00.000Z',
  disks: [],
  files: [],
  inputs: [{ kind: 'iso', name: 'some.iso', sha256: '0'.repeat(64) }],
  tools: { 'qemu-img': '10.0.2' },
  timings: [],
  tests: [{ name: 'boots', ok: true, ms: 1 }],
};

/** In place of the guest: a tar of a small root, in a file that is longer, as a disk is. */
async function readRoot(_: RawDisk, tar: string): Promise<number> {
  mkdirSync(at('root', 'etc'), { recursive: true });
  mkdirSync(at('root', 'bin'), { recursive: true });
  writeFileSync(at('root', 'etc', 'os-release'), 'ID=test\n');
  writeFileSync(at('root', 'bin', 'sh'), '#!\n', { mode: 0o755 });
  await run('tar', ['--sort=name', '--mtime=@0', '-cf', tar, '-C', at('root'), '.']);
  const { size } = statSync(tar);
  truncateSync(tar, size + MIB);
  return size;
}

const make = (targets: TargetName[], out: string) =>
  exportRelease(new TestScope(), release, manifest, targets, out, DEFAULTS, readRoot);
const hash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

beforeAll(async () => {
  await makeGptDisk(at('disk.raw'), DISK_BYTES);
  await convertImage({ path: at('disk.raw'), format: 'raw' }, { path: release.path, format: 'qcow2' });
  await make(ALL, at('out'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

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

describe('a damaged hand-off', () => {
  const copy = (): string => {
    const folder = mkdtempSync(at('damaged-'));
    cpSync(at('out'), folder, { recursive: true });
    return folder;
  };
  /** Everything but the two files that say what the others are: those are read first. */
  const artifacts = async (): Promise<string[]> =>
    (await readdir(at('out'))).filter(name => !['SHA256SUM', 'manifest.json'].includes(name));
  const named = async (folder: string): Promise<string[]> => {
    const { problems } = await verifyHandOff(folder, signal);
    return [...new Set(problems.map(({ place }) => path.basename(place?.file ?? '')))].sort();
  };

  it.each([1, 2, 3])('is named, each file of it, when a bit of it is flipped: round %i', async round => {
    const folder = copy();
    for (const [nth, name] of (await artifacts()).entries()) {
      const handle = await open(path.join(folder, name), 'r+');
      const { size } = await handle.stat();
      // A different place in each round and file, the same in each run.
      const place = Math.floor((((nth + 1) * 7919 * round) % 10_007) * (size / 10_007));
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, place);
      await handle.write(Buffer.from([(buffer[0] ?? 0) ^ (1 << (round + (nth % 5)))]), 0, 1, place);
      await handle.close();
    }
    expect(await named(folder)).toEqual((await artifacts()).sort());
    rmSync(folder, { recursive: true });
  });

  it('is named, each file of it, when it is cut off', async () => {
    const folder = copy();
    for (const name of await artifacts()) {
      const file = path.join(folder, name);
      truncateSync(file, Math.floor(statSync(file).size * 0.9));
    }
    expect(await named(folder)).toEqual((await artifacts()).sort());
    rmSync(folder, { recursive: true });
  });

  it('is refused when what says what it is was changed', async () => {
    const folder = copy();
    const text = readFileSync(path.join(folder, 'manifest.json'), 'utf8');
    writeFileSync(path.join(folder, 'manifest.json'), text.replace('"web"', '"wab"'));
    expect(await named(folder)).toEqual(['manifest.json']);
    rmSync(folder, { recursive: true });
  });

  it('is named when a file is cut off, missing, or too many', async () => {
    const folder = copy();
    truncateSync(path.join(folder, 'web-v1.vmdk'), 100_000);
    rmSync(path.join(folder, 'web-v1.vhd'));
    writeFileSync(path.join(folder, 'more'), '');
    const { problems } = await verifyHandOff(folder, signal);
    expect(problems.map(problem => problem.message)).toEqual([
      expect.stringContaining('more: it is not in SHA256SUM'),
      expect.stringContaining('web-v1.vhd: it is missing'),
      expect.stringContaining('web-v1.vmdk: it is not as SHA256SUM says'),
    ]);
  });
});

describe('bad input', () => {
  it('names the nearest target', () => {
    expect(() => parseTargets(['qcow'])).toThrow(
      expect.objectContaining({ code: 'usage', hint: 'Did you mean qcow2?' }),
    );
  });

  it('never writes into a folder that is there, and leaves nothing after a failure', async () => {
    await expect(make(['raw'], at('out'))).rejects.toMatchObject({ code: 'exists' });
    const scope = new TestScope();
    scope.cancel();
    await expect(exportRelease(scope, release, manifest, ['raw'], at('cancelled'))).rejects.toBeDefined();
    expect((await readdir(dir)).filter(name => name.includes('cancelled'))).toEqual([]);
  });
});

it('the first target that fails ends the others, and is the one that is told', async () => {
  const scope = new TestScope();
  const broken = (): Promise<number> => Promise.reject(new GoldsmithError('unsupported', 'no shell'));
  const targets: TargetName[] = ['docker', ...ALL.filter(target => target !== 'docker')];
  const made = exportRelease(scope, release, manifest, targets, at('broken'), DEFAULTS, broken);
  await expect(made).rejects.toMatchObject({ code: 'unsupported', message: 'no shell' });
  const finished = scope.events.filter(event => event.type === 'note' && / s\)$/.test(event.message));
  expect(finished.length).toBeLessThan(2);
  expect((await readdir(dir)).filter(name => name.includes('broken'))).toEqual([]);
});

describe('an export that is interrupted', () => {
  const left = async (name: string): Promise<string[]> => (await readdir(dir)).filter(entry => entry.includes(name));

  it('leaves nothing, in whichever target it was', async () => {
    for (const [nth, target] of ALL.entries()) {
      const scope = new TestScope();
      const emit = scope.emit.bind(scope);
      scope.emit = event => {
        emit(event);
        if (event.type === 'progress' || event.type === 'note') scope.cancel();
      };
      const out = at(`cancelled-${nth}`);
      const made = exportRelease(scope, release, manifest, [target], out, DEFAULTS, readRoot);
      await expect(made, target).rejects.toMatchObject({ name: 'AbortError' });
      expect([target, await left('cancelled')]).toEqual([target, []]);
    }
  });

  it('is cleared away by the next one when it was killed, and only then', async () => {
    mkdirSync(at('.killed.0123abcd'));
    mkdirSync(at('.killed.0123abcd.work'));
    mkdirSync(at('.killed.89abcdef'));
    mkdirSync(at('.killed.mine'));
    const lock = await tryLock(`export ${at('.killed.89abcdef')}`);
    await make(['raw'], at('killed'));
    await lock?.release();
    expect((await left('killed')).sort()).toEqual(['.killed.89abcdef', '.killed.mine', 'killed']);
  });
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
