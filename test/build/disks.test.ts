import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BuildContext } from '../../core/build/context.ts';
import { matchingFiles } from '../../core/build/matching-files.ts';
import { makeArtifact } from '../../core/build/steps/artifact.ts';
import { createDisks } from '../../core/build/steps/disk.ts';
import type { Source } from '../../core/build/steps/source.ts';
import { findTarget } from '../../core/build/target.ts';
import type { Machine } from '../../core/model/machine.ts';
import { TestScope } from '../guest/scope.ts';
import { Folder } from '../recipe/folder.ts';

const folder = new Folder();
const scratch = mkdtempSync(path.join(tmpdir(), 'goldsmith-disks-'));
afterAll(() => {
  folder.end();
  rmSync(scratch, { recursive: true, force: true });
});

interface Info {
  format: string;
  'virtual-size': number;
  'backing-filename'?: string;
  'cluster-size'?: number;
}

const info = (file: string): Info =>
  JSON.parse(execFileSync('qemu-img', ['info', '--output=json', file], { encoding: 'utf8' })) as Info;
const MIB = 1024 * 1024;

let count = 0;
/** A base image of 4 MiB whose first bytes say what it is. */
function baseImage(): string {
  const file = path.join(scratch, `base${count}.img`);
  writeFileSync(file, Buffer.concat([Buffer.from('the base'), Buffer.alloc(4 * MIB - 8)]));
  return file;
}

/** The working disks of a recipe, and what its output directory would get from them. */
async function built(options: string, isImage: boolean) {
  count += 1;
  folder.write({
    't.pkr.hcl': `source "qemu" "t" {
      iso_url = "a.iso"
      iso_checksum = "none"
      ssh_username = "u"
      vm_name = "vm"
      output_directory = "out${count}"
      ${options}
    }
    build { sources = ["source.qemu.t"] }`,
  });
  const target = await findTarget('t.pkr.hcl', folder.targetOptions());
  const base = baseImage();
  const context = {
    target,
    id: `b${count}`,
    workDir: path.join(scratch, `w${count}`),
    runtimeDir: path.join(scratch, `r${count}`),
  } as BuildContext;
  const common = { sha256: '', path: base, origin: '', verifiedBy: [] };
  const source: Source = isImage ? { kind: 'image', format: 'raw', ...common } : { kind: 'iso', ...common };
  const scope = new TestScope();
  const files = await createDisks(scope, context, source);
  const artifact = async () => {
    const made = files.disks.map((disk, nth) => ({
      path: path.join(scratch, `made${count}-${nth}`),
      format: target.image.release.format,
      from: disk,
    }));
    for (const { path: out, format, from } of made)
      execFileSync('qemu-img', ['convert', '-f', from.format, '-O', format, from.path, out]);
    const machine = { disks: files.disks, firmware: { kind: 'bios' } } as unknown as Machine;
    return makeArtifact(scope, context, { dir: scratch, disks: made }, machine);
  };
  return { files, base, artifact, out: path.join(folder.path, `out${count}`) };
}

describe('working disks', () => {
  it('empty ones are sparse and raw, all of them', async () => {
    const { files } = await built('disk_size = "64M"\n disk_additional_size = ["8M"]', false);
    expect(files.disks.map(({ path: file }) => [info(file).format, info(file)['virtual-size'] / MIB])).toEqual([
      ['raw', 64],
      ['raw', 8],
    ]);
  });

  it("options of qemu-img create are given, in the recipe's format", async () => {
    const { files } = await built(
      'disk_size = "64M"\n qemu_img_args {\n create = ["-o", "cluster_size=128k"]\n }',
      false,
    );
    expect(info(files.disks[0]?.path ?? '')).toMatchObject({ format: 'qcow2', 'cluster-size': 131_072 });
  });

  it('a base image is not written, and grows', async () => {
    const { files, base } = await built('disk_image = true\n disk_size = "16M"\n disk_additional_size = ["8M"]', true);
    expect(info(files.disks[0]?.path ?? '')).toMatchObject({ 'virtual-size': 16 * MIB, 'backing-filename': base });
    expect(info(files.disks[1]?.path ?? '')['virtual-size']).toBe(8 * MIB);
  });

  it.each([
    ['skip_resize_disk = true', 4],
    ['disk_size = "2M"', 4],
    ['disk_size = "2M"\n qemu_img_args {\n resize = ["--shrink"]\n }', 2],
  ])('%s leaves %i MiB', async (options, sizeMiB) => {
    const { files } = await built(`disk_image = true\n ${options}`, true);
    expect(info(files.disks[0]?.path ?? '')['virtual-size'] / MIB).toBe(sizeMiB);
  });
});

describe('the output directory', () => {
  it("holds every disk in the recipe's format, under Packer's names, and stands on its own", async () => {
    const { artifact, out } = await built(
      'disk_image = true\n disk_size = "16M"\n disk_additional_size = ["8M"]',
      true,
    );
    expect((await artifact()).disks.map(file => path.basename(file))).toEqual(['vm', 'vm-1']);
    expect(readdirSync(out)).toEqual(['vm', 'vm-1']);
    expect(info(path.join(out, 'vm'))).toMatchObject({ format: 'qcow2', 'virtual-size': 16 * MIB });
    expect(info(path.join(out, 'vm'))['backing-filename']).toBeUndefined();
  });

  it('with use_backing_file it holds the differences only', async () => {
    const { artifact, out, base } = await built('disk_image = true\n use_backing_file = true', true);
    await artifact();
    expect(info(path.join(out, 'vm'))['backing-filename']).toBe(base);
  });

  it('raw stays raw; options of qemu-img convert are given', async () => {
    const raw = await built('format = "raw"\n disk_size = "8M"', false);
    await raw.artifact();
    expect(info(path.join(raw.out, 'vm')).format).toBe('raw');
    const clusters = await built(
      'disk_size = "8M"\n qemu_img_args {\n convert = ["-o", "cluster_size=128k"]\n }',
      false,
    );
    await clusters.artifact();
    expect(info(path.join(clusters.out, 'vm'))['cluster-size']).toBe(131_072);
  });
});

describe('patterns of files', () => {
  it('name what is there, in each part of a path, and a missing one is told', async () => {
    const dir = path.join(scratch, 'globs');
    mkdirSync(path.join(dir, 'a', 'x'), { recursive: true });
    for (const name of ['a/one.txt', 'a/two.txt', 'a/x/three.txt', 'b.cfg']) writeFileSync(path.join(dir, name), '');
    const found = async (...patterns: string[]) =>
      (await matchingFiles(patterns, dir)).map(file => path.relative(dir, file));
    expect(await found('a/*.txt', 'b.cfg')).toEqual(['a/one.txt', 'a/two.txt', 'b.cfg']);
    expect(await found('*/x/t*.txt', 'a/[ot]ne.txt')).toEqual(['a/x/three.txt', 'a/one.txt']);
    expect(await matchingFiles(['a/'], dir)).toEqual([`${path.join(dir, 'a')}/`]);
    await expect(found('*.iso')).rejects.toMatchObject({ code: 'bad-recipe' });
  });
});
