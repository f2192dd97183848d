import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LayerRecord, Layers } from '../../core/build/checkpoint-layers.ts';
import { MemoryRoom } from '../../core/build/checkpoint-room.ts';
import { compareImages, convertImage, createImage, imageInfo } from '../../core/media/qemu-img.ts';
import type { Disk } from '../../core/model/machine.ts';
import { TestScope } from '../guest/scope.ts';

const MIB = 1024 * 1024;
const never = new AbortController().signal;
const folder = (): string => mkdtempSync(path.join(tmpdir(), 'goldsmith-layers-'));

const write = (disk: Disk, ...commands: string[]): void =>
  void execFileSync('qemu-io', ['-f', disk.format, ...commands.flatMap(command => ['-c', command]), disk.path]);

const recordOf = (id: string, disks: Disk[], parent?: string) =>
  ({
    checkpoint: { id, name: id, at: '', ...(parent === undefined ? {} : { parent }) },
    machine: { disks },
  }) as unknown as Omit<LayerRecord, 'schema' | 'files'>;

describe('the disks of a frozen layer', () => {
  it('become smaller, and what stands on them reads the same', async () => {
    const scope = new TestScope();
    const layers = new Layers(folder());
    const base = await layers.begin(scope);
    const raw = { id: 'disk0', path: layers.path(base, 'disk0.raw'), format: 'raw' } as Disk;
    await createImage({ path: raw.path, format: 'raw' }, 64 * MIB);
    write(raw, 'write -P 1 0 8M');
    await layers.freeze(base, recordOf(base, [raw]));

    const middle = await layers.begin(scope, base);
    const disks = await layers.overlay(middle, [raw], never);
    const [disk] = disks as [Disk];
    write(disk, 'write -P 2 4M 16M', 'write -z 1M 1M', 'write -P 3 40004096 4096');
    await layers.freeze(middle, recordOf(middle, disks, base));
    const top = await layers.begin(scope, middle);
    const [above] = (await layers.overlay(top, disks, never)) as [Disk];
    write(above, 'write -P 4 6M 1M');
    const before = path.join(folder(), 'before.raw');
    await convertImage({ path: above.path, format: 'qcow2' }, { path: before, format: 'raw' });
    const bytes = statSync(disk.path).blocks * 512;

    await layers.compressDisks(middle, never);
    expect(statSync(disk.path).blocks * 512).toBeLessThan(bytes / 10);
    expect((await imageInfo({ path: disk.path, format: 'qcow2' })).backing?.path).toBe(raw.path);
    expect(await compareImages({ path: above.path, format: 'qcow2' }, { path: before, format: 'raw' })).toEqual({
      isSame: true,
    });
    expect((await layers.verify(middle)).checkpoint.id).toBe(middle);
  });

  it('stay as they are where other layers name them by their format', async () => {
    const layers = new Layers(folder());
    const id = await layers.begin(new TestScope());
    const raw = { id: 'disk0', path: layers.path(id, 'disk0.raw'), format: 'raw' } as Disk;
    await createImage({ path: raw.path, format: 'raw' }, MIB);
    await layers.freeze(id, recordOf(id, [raw]));
    await layers.compressDisks(id, never);
    expect(existsSync(raw.path)).toBe(true);
    expect((await layers.verify(id)).checkpoint.id).toBe(id);
  });
});

describe('the room for memory', () => {
  it("is the working folder where the host's memory has none, and nothing is made for it", async () => {
    const scope = new TestScope();
    const workDir = folder();
    const room = new MemoryRoom(scope, path.basename(workDir), workDir);
    expect(await room.path('memory', 1024 ** 5)).toBe(path.join(workDir, 'memory'));
    expect(scope.held).toEqual([]);
  });

  it('is private, and held by the build where it is not', async () => {
    const scope = new TestScope();
    const workDir = folder();
    const file = await new MemoryRoom(scope, path.basename(workDir), workDir).path('memory', 1);
    for (const held of scope.held) {
      expect('path' in held && statSync(held.path).mode & 0o777).toBe(0o700);
      await scope.release(held);
    }
    expect(existsSync(path.dirname(file))).toBe(path.dirname(file) === workDir);
  });
});
