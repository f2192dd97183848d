import { convertImage } from '../media/qemu-img.ts';
import { GoldsmithError } from '../model/failure.ts';
import { fixedVhd, qcow2, streamVmdk } from './shared-disks.ts';
import { stampVhd, stampVhdx, stampVmdk } from './stamp.ts';
import type { ExportWork } from './work.ts';

const MIB = 1024 ** 2;
const VHD_FOOTER_BYTES = 512;
/** What the format's 32-bit table of sectors holds: 2040 GiB (QEMU, block/vpc.c, VHD_MAX_SECTORS). */
const MAX_DYNAMIC_VHD_BYTES = 2040 * 1024 ** 3;

/** The targets that are one file for each disk. Each @returns the names of the files it made */

export const makeRaw = (work: ExportWork): Promise<string[]> =>
  work.eachDisk(async nth => {
    const disk = await work.raw(nth);
    const name = work.diskName(nth, '.raw');
    work.root.hashing.set(name, { extents: disk.extents });
    return work.publish(disk.path, name);
  });

export const makeQcow2 = (work: ExportWork): Promise<string[]> =>
  work.eachDisk(async nth => work.publish(await qcow2(work, nth), work.diskName(nth, '.qcow2')));

export const makeVhd = (work: ExportWork, kind: 'vhd' | 'azure'): Promise<string[]> =>
  work.eachDisk(async nth => {
    const disk = await work.rawIn(MIB, nth);
    const name = work.diskName(nth, kind === 'azure' ? '-azure.vhd' : '.vhd');
    const footer = { start: disk.bytes, length: VHD_FOOTER_BYTES };
    const file = await fixedVhd(work, nth);
    work.root.hashing.set(name, { extents: [...disk.extents, footer], prefixBytes: disk.bytes });
    // A VHD is the raw disk and a footer: one pass over it gives the hash of both.
    if (disk === (await work.raw(nth))) work.root.prefixOf.set(work.diskName(nth, '.raw'), name);
    return work.publish(file, name);
  });

export const makeDynamicVhd = (work: ExportWork): Promise<string[]> =>
  work.eachDisk(async nth => {
    const { bytes } = await work.rawIn(MIB, nth);
    if (bytes > MAX_DYNAMIC_VHD_BYTES) {
      throw new GoldsmithError('unsupported', 'A dynamic VHD holds at most 2040 GiB.', { hint: 'Export it as vhdx.' });
    }
    const name = work.diskName(nth, '-dynamic.vhd');
    await byQemuImg(work, nth, 'vpc', name, { subformat: 'dynamic', force_size: 'on' });
    await stampVhd(work.file(name), work.seedOf(nth), work.timeS);
    return name;
  });

/** The file of `vhdx` and `hyperv` is the same one. */
export const makeVhdx = (work: ExportWork): Promise<string[]> =>
  work.once('vhdx', () =>
    work.eachDisk(async nth => {
      const name = work.diskName(nth, '.vhdx');
      await byQemuImg(work, nth, 'vhdx', name, { subformat: 'dynamic', block_size: '1M' });
      await stampVhdx(work.file(name), work.seedOf(nth));
      return name;
    }),
  );

export const makeVmdk = (work: ExportWork): Promise<string[]> =>
  work.eachDisk(async nth => {
    const name = work.diskName(nth, '-sparse.vmdk');
    await byQemuImg(work, nth, 'vmdk', name, { subformat: 'monolithicSparse', adapter_type: 'lsilogic' });
    await stampVmdk(work.file(name), work.seedOf(nth));
    return name;
  });

export const makeStreamVmdk = (work: ExportWork): Promise<string[]> =>
  work.eachDisk(async nth => work.publish(await streamVmdk(work, nth), work.diskName(nth, '.vmdk')));

async function byQemuImg(
  work: ExportWork,
  nth: number,
  format: 'vpc' | 'vhdx' | 'vmdk',
  name: string,
  options: Record<string, string>,
): Promise<void> {
  const disk = await work.rawIn(MIB, nth);
  const tell = work.progress(name);
  await convertImage(
    { path: disk.path, format: 'raw' },
    { path: work.file(name), format },
    {
      signal: work.signal,
      options,
      onProgress: fraction => tell(Math.round(fraction * disk.bytes), disk.bytes),
    },
  );
}
