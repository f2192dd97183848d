import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../core/exec.ts';
import { CHECKS } from '../../core/export/checks/table.ts';
import { DEFAULTS } from '../../core/export/export.ts';
import { TARGETS } from '../../core/export/targets.ts';
import { ExportWork } from '../../core/export/work.ts';
import { convertImage, imageInfo, type QemuFormat } from '../../core/media/qemu-img.ts';
import type { TargetName } from '../../core/model/export.ts';
import type { ReleaseInfo } from '../../core/model/image.ts';
import type { Manifest } from '../../core/model/manifest.ts';
import { runsAll, runsTogether } from '../extent.ts';
import { TestScope } from '../guest/scope.ts';
import { checkGpt, makeGptDisk } from './gpt-disk.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-sizes-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const TIB = 1024 ** 4;

/** The file each target makes, how QEMU reads it, and to what its size is rounded up. */
const READERS: [target: TargetName, end: string, format: QemuFormat, unit: number][] = [
  ['raw', '.raw', 'raw', 512],
  ['qcow2', '.qcow2', 'qcow2', 512],
  ['vhd', '.vhd', 'vpc', MIB],
  ['vhd-dynamic', '-dynamic.vhd', 'vpc', MIB],
  ['vhdx', '.vhdx', 'vhdx', MIB],
  ['vmdk', '-sparse.vmdk', 'vmdk', MIB],
  ['vmdk-stream', '.vmdk', 'vmdk', 512],
  ['gcp', '-gcp.tar.gz', 'raw', GIB],
];

async function begin(bytes: number): Promise<ExportWork> {
  const place = mkdtempSync(path.join(dir, 'disk-'));
  const raw = path.join(place, 'disk.raw');
  await makeGptDisk(raw, bytes);
  const disk = path.join(place, 'disk.qcow2');
  await convertImage({ path: raw, format: 'raw' }, { path: disk, format: 'qcow2' });
  const release = {
    image: 'web',
    version: 'v1',
    id: `sha256:${'5'.repeat(64)}`,
    path: disk,
    dir: place,
    format: 'qcow2',
  };
  const manifest = { image: 'web', version: 'v1', createdAt: '2026-01-01T00:00:00.000Z', disks: [{}] };
  const out = path.join(place, 'out');
  mkdirSync(out);
  return ExportWork.begin({
    release: release as ReleaseInfo,
    manifest: manifest as unknown as Manifest,
    out,
    scratch: path.join(place, 'scratch'),
    scope: new TestScope(),
    options: DEFAULTS,
  });
}

/** QEMU opens no VHD of more (block/vpc.c, VHD_MAX_SECTORS); Azure takes such disks. */
const MAX_VHD_OF_QEMU = 2040 * GIB;

/** The disk in an artifact as a raw file. */
async function readBack(file: string, format: QemuFormat, size: number): Promise<string> {
  const back = `${file}.back`;
  if (file.endsWith('.tar.gz')) {
    mkdirSync(back);
    await run('tar', ['-xSzf', file, '-C', back]);
    return path.join(back, 'disk.raw');
  }
  if (size < TIB) await convertImage({ path: file, format }, { path: back, format: 'raw' });
  else await readEnds(file, format, size, back);
  return back;
}

/** Both ends of a huge disk, where its table is: qemu-img needs a minute to see that 2 TiB of a VMDK are holes. */
async function readEnds(file: string, format: QemuFormat, size: number, back: string): Promise<void> {
  const whole = await open(back, 'w+');
  await whole.truncate(size);
  for (const at of [0, size - MIB]) {
    const piece = `${back}.piece`;
    const place = [`skip=${at / 512}`, `count=${(at + 2 * MIB) / 512}`, `if=${file}`, `of=${piece}`];
    await run('qemu-img', ['dd', '-f', format, '-O', 'raw', 'bs=512', ...place]);
    const content = await readFile(piece);
    await whole.write(content, 0, content.length, at);
    rmSync(piece);
  }
  await whole.close();
}

async function firstBlocks(file: string): Promise<Buffer> {
  const handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, 2048 * 512);
  await handle.close();
  return buffer;
}

const SIZES: [name: string, bytes: number][] = [
  ['20 MiB', 20 * MIB],
  ['20 MiB and a sector', 20 * MIB + 512],
  ['a sector less than 1 GiB', GIB - 512],
  ['3 GiB, 37 KiB and a sector', 3 * GIB + 37 * 1024 + 512],
];
/** Each takes as long as all the others together. */
if (runsTogether) SIZES.push(['2 TiB and a sector', 2 * TIB + 512]);
if (runsAll) SIZES.push(['2 TiB', 2 * TIB]);

describe.each(SIZES)('a disk of %s', (_, bytes) => {
  it('is rounded up where the format wants it, with a partition table that is right, everywhere', async () => {
    const work = await begin(bytes);
    const wanted = await firstBlocks((await work.raw()).path);
    for (const [target, end, format, unit] of READERS) {
      const isBeyondQemu = format === 'vpc' && bytes > MAX_VHD_OF_QEMU;
      if (target === 'vhd-dynamic' && isBeyondQemu) continue;
      await TARGETS[target].make(work.for(target));
      const file = work.file(`${work.name}${end}`);
      const size = Math.ceil(bytes / unit) * unit;
      if (format !== 'raw' && !isBeyondQemu)
        expect([target, (await imageInfo({ path: file, format })).virtualBytes]).toEqual([target, size]);
      const back = isBeyondQemu ? file : await readBack(file, format, size);
      expect([target, statSync(back).size]).toEqual([target, isBeyondQemu ? size + 512 : size]);
      expect([target, ...(await checkGpt(back, size))]).toEqual([target, true, true]);
      expect((await firstBlocks(back)).equals(wanted)).toBe(true);
      const found = await CHECKS[target].check(file, bytes);
      expect([target, found]).toEqual([target, []]);
      if (back !== file) rmSync(back, { force: true });
    }
    rmSync(path.dirname(work.out), { recursive: true });
  });
});

it('a dynamic VHD is refused beyond what its format can say, with a way out', async () => {
  const work = await begin(2 * TIB);
  await expect(TARGETS['vhd-dynamic'].make(work)).rejects.toMatchObject({
    code: 'unsupported',
    hint: 'Export it as vhdx.',
  });
});
