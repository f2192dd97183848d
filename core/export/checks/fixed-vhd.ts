import { fileSize } from '../extents.ts';
import { VHD_FOOTER, vhdChecksum } from '../vhd.ts';
import { type Findings, findings, readAt, withFile } from './findings.ts';
import { checkGpt } from './gpt.ts';

const MIB = 1024 ** 2;
/** 65535 cylinders, 16 heads, 255 sectors (QEMU, block/vpc.c). */
const GEOMETRY = ((65_535 << 16) | (16 << 8) | 255) >>> 0;

/** Azure's and Hyper-V's rules for a fixed VHD. */
export async function checkFixedVhd(file: string, virtualBytes: number): Promise<Findings> {
  const bytes = await fileSize(file);
  const diskBytes = bytes - 512;
  const footer = await withFile(file, handle => readAt(handle, Math.max(0, diskBytes), 512));
  const at = VHD_FOOTER;
  const found = findings([
    [footer.toString('latin1', 0, 8) === 'conectix', 'there is no VHD footer at its end'],
    [diskBytes % MIB === 0, 'its size without the footer is no whole number of MiB'],
    [footer.readUInt32BE(at.features) === 2, 'the features field is not 2'],
    [footer.readUInt32BE(at.version) === 0x10000, 'the version is not 1.0'],
    [footer.readBigUInt64BE(at.dataOffset) === 0xffffffffffffffffn, 'the data offset is not that of a fixed disk'],
    [footer.readUInt32BE(at.type) === 2, 'its type is not fixed'],
    [footer.readBigUInt64BE(at.originalSize) === footer.readBigUInt64BE(at.currentSize), 'its two sizes differ'],
    [footer.readBigUInt64BE(at.currentSize) === BigInt(Math.max(0, diskBytes)), 'the footer names another size'],
    [footer.readUInt32BE(at.checksum) === vhdChecksum(footer), 'the checksum of the footer is wrong'],
    [footer.toString('latin1', at.creator, at.creator + 4) === 'qem2', 'the creator is not one whose sizes count'],
    [footer.toString('latin1', at.creatorHost, at.creatorHost + 4) === 'Wi2k', 'the host is not one that Azure takes'],
    [footer.readUInt32BE(at.geometry) === GEOMETRY, 'the geometry is not the one that leaves it to the size'],
    [diskBytes === Math.ceil(virtualBytes / MIB) * MIB, 'it has not the size of the disk'],
  ]);
  if (found.length > 0) return found;
  return withFile(file, handle => checkGpt((place, length) => readAt(handle, place, length), diskBytes, virtualBytes));
}
