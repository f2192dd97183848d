import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkImage,
  compareImages,
  convertImage,
  createImage,
  createOverlay,
  type DiskFile,
  imageInfo,
  QEMU_FORMATS,
  resizeImage,
} from '../../core/media/qemu-img.ts';
import { mountSmallDisk } from '../store/small-disk.ts';

const MIB = 1024 * 1024;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-img-'));
});
afterEach(() => rm(dir, { recursive: true }));

const at = (name: string): string => path.join(dir, name);

async function rawDisk(name: string, mib: number, content = 'GOLD'): Promise<DiskFile> {
  const file = await open(at(name), 'w');
  await file.truncate(mib * MIB);
  await file.write(Buffer.from(content), 0, content.length, MIB + 77);
  await file.close();
  return { path: at(name), format: 'raw' };
}

describe('names that mean something to QEMU', () => {
  it.each(['a,readonly=on,b', 'nbd:foo', 'json:{"driver":"null-co"}', '-f', 'with space', 'fat:rw', '%s'])(
    '%j is a file like any other, as source, target and backing file',
    async name => {
      const raw = await rawDisk(name, 4);
      const copy: DiskFile = { path: at(`${name}.qcow2`), format: 'qcow2' };
      await convertImage(raw, copy);
      await createOverlay(at(`${name}.overlay`), copy.path, 'qcow2');
      const overlay: DiskFile = { path: at(`${name}.overlay`), format: 'qcow2' };
      expect(await compareImages(raw, overlay)).toEqual({ isSame: true });
      expect((await imageInfo(overlay)).backing).toEqual({ path: copy.path, format: 'qcow2' });
    },
  );
});

describe('formats are named, never guessed', () => {
  it('copies a raw disk that holds a qcow2 header byte for byte', async () => {
    await writeFile(at('secret'), 'the host keeps this\n'.repeat(64));
    await createOverlay(at('evil'), at('secret'), 'raw');
    await convertImage({ path: at('evil'), format: 'raw' }, { path: at('out'), format: 'raw' });
    const out = await readFile(at('out'));
    expect(out.subarray(0, 4).toString('latin1')).toBe('QFI\xfb');
    expect(out.includes('the host keeps this')).toBe(false);
  });

  it('says so when a file is not what it was said to be', async () => {
    const raw = await rawDisk('disk', 4);
    await expect(imageInfo({ ...raw, format: 'qcow2' })).rejects.toMatchObject({ code: 'source-unsafe' });
  });

  it.each(QEMU_FORMATS.filter(format => format !== 'luks'))('writes %s that reads as the original', async format => {
    const raw = await rawDisk('disk', 8);
    const copy: DiskFile = { path: at('copy'), format };
    await convertImage(raw, copy, format === 'vpc' ? { options: { force_size: 'on' } } : {});
    expect(await compareImages(raw, copy)).toEqual({ isSame: true });
    expect((await checkImage(copy)).isSound).toBe(true);
  });
});

describe('results', () => {
  it('creates, grows and describes a disk', async () => {
    const disk: DiskFile = { path: at('d.qcow2'), format: 'qcow2' };
    await createImage(disk, 10 * MIB, { options: { cluster_size: '2M' } });
    await resizeImage(disk, 20 * MIB);
    expect(await imageInfo(disk)).toMatchObject({ format: 'qcow2', virtualBytes: 20 * MIB });
    await expect(resizeImage(disk, 10 * MIB)).rejects.toMatchObject({ code: 'program-failed' });
    await resizeImage(disk, 10 * MIB, { canShrink: true });
  });

  it('names a difference', async () => {
    const [a, b] = [await rawDisk('a', 4), await rawDisk('b', 4, 'LEAD')];
    expect(await compareImages(a, b)).toEqual({
      isSame: false,
      difference: expect.stringMatching(/^Content mismatch at offset \d+!$/),
    });
  });

  it('tells progress while it converts, up to the whole', async () => {
    const seen: number[] = [];
    await convertImage(
      await rawDisk('a', 64),
      { path: at('b'), format: 'qcow2' },
      { onProgress: fraction => seen.push(fraction) },
    );
    expect(seen.at(-1)).toBe(1);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  });
});

describe('failures', () => {
  it('never overwrites, and leaves what is there alone', async () => {
    const [a, b] = [await rawDisk('a', 4), await rawDisk('b', 4, 'LEAD')];
    const before = await readFile(b.path);
    await expect(convertImage(a, b)).rejects.toMatchObject({ code: 'exists' });
    await expect(createImage(b, MIB)).rejects.toMatchObject({ code: 'exists' });
    expect((await readFile(b.path)).equals(before)).toBe(true);
  });

  it('removes what a failed conversion left', async () => {
    const raw = await rawDisk('a', 4);
    await expect(convertImage({ ...raw, format: 'qcow2' }, { path: at('b'), format: 'raw' })).rejects.toMatchObject({
      code: 'program-failed',
    });
    expect(existsSync(at('b'))).toBe(false);
  });

  it('removes what a cancelled conversion left', async () => {
    const raw = await rawDisk('a', 4);
    const aborted = AbortSignal.abort();
    await expect(convertImage(raw, { path: at('b'), format: 'qcow2' }, { signal: aborted })).rejects.toThrow();
    expect(existsSync(at('b'))).toBe(false);
  });

  it('says that the disk is full', async context => {
    const small = await mountSmallDisk(at('small'), MIB);
    if (!small) return context.skip('a tmpfs cannot be mounted here');
    const out = path.join(at('small'), 'out');
    try {
      const raw = await rawDisk('a', 16, 'x'.repeat(4 * MIB));
      await expect(convertImage(raw, { path: out, format: 'qcow2' })).rejects.toMatchObject({ code: 'disk-full' });
      expect(existsSync(out)).toBe(false);
    } finally {
      await small.unmount();
    }
  });

  it('names a missing image', async () => {
    await expect(imageInfo({ path: at('none'), format: 'raw' })).rejects.toMatchObject({ code: 'not-found' });
  });
});
