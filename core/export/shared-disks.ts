import path from 'node:path';
import { convertImage } from '../media/qemu-img.ts';
import { writeStreamVmdk } from './stream-vmdk.ts';
import { writeFixedVhd } from './vhd.ts';
import type { ExportWork } from './work.ts';

/** Disks that several targets hold or are: each is made once. All @return a path in the scratch folder */

const MIB = 1024 ** 2;

/** The streamOptimized VMDK for this hardware. */
export function streamVmdk(work: ExportWork, nth = 0): Promise<string> {
  const { hardwareVersion, controller } = work.settings;
  const adapter = controller === 'ide' ? 'ide' : 'lsilogic';
  return work.once(`stream-vmdk ${nth} ${hardwareVersion} ${adapter}`, async () => {
    const disk = await work.raw(nth);
    const name = work.diskName(nth, '.vmdk');
    const file = path.join(await work.folder(`vmdk-${hardwareVersion}-${adapter}`), name);
    await writeStreamVmdk(disk.path, disk.extents, file, {
      name,
      diskBytes: disk.bytes,
      seed: work.seedOf(nth),
      hardwareVersion,
      adapter,
      signal: work.signal,
      onProgress: work.progress(name),
    });
    return file;
  });
}

/** The QCOW2 of this compression. */
export function qcow2(work: ExportWork, nth = 0): Promise<string> {
  const { compression } = work.settings;
  return work.once(`qcow2 ${nth} ${compression}`, async () => {
    const disk = await work.raw(nth);
    const name = work.diskName(nth, '.qcow2');
    const file = path.join(await work.folder(`qcow2-${compression}`), name);
    const tell = work.progress(name);
    await convertImage(
      { path: disk.path, format: 'raw' },
      { path: file, format: 'qcow2' },
      {
        signal: work.signal,
        isCompressed: compression !== 'none',
        options: { compat: '1.1', compression_type: compression === 'zstd' ? 'zstd' : 'zlib' },
        onProgress: fraction => tell(Math.round(fraction * disk.bytes), disk.bytes),
      },
    );
    return file;
  });
}

/** The fixed VHD, whose size is a whole number of MiB. */
export const fixedVhd = (work: ExportWork, nth: number): Promise<string> =>
  work.once(`vhd ${nth}`, async () => {
    const disk = await work.rawIn(MIB, nth);
    const name = work.diskName(nth, '.vhd');
    const file = path.join(await work.folder('vhd'), name);
    const { timeS, signal } = work;
    const [seed, onProgress] = [work.seedOf(nth), work.progress(name)];
    await writeFixedVhd(disk.path, disk.extents, disk.bytes, file, { seed, timeS, signal, onProgress });
    return file;
  });
