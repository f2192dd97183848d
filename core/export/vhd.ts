import { open } from 'node:fs/promises';
import { copySparse } from './copy.ts';
import type { Extent } from './extents.ts';
import { identityOf } from './identity.ts';

const FOOTER_BYTES = 512;
/** Seconds between the epochs of VHD (2000-01-01) and Unix. */
const VHD_EPOCH_S = 946_684_800;
/** Offsets in the footer: Microsoft's Virtual Hard Disk Image Format Specification 1.0. */
export const VHD_FOOTER = {
  cookie: 0,
  features: 8,
  version: 12,
  dataOffset: 16,
  timestamp: 24,
  creator: 28,
  creatorVersion: 32,
  creatorHost: 36,
  originalSize: 40,
  currentSize: 48,
  geometry: 56,
  type: 60,
  checksum: 64,
  uuid: 68,
} as const;

/**
 * The footer of a fixed VHD. `qem2` and the largest geometry say that the size fields count and not the geometry: what
 * Azure and Hyper-V want (QEMU, block/vpc.c).
 */
export function vhdFooter(diskBytes: number, seed: string, timeS: number): Buffer {
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.write('conectix', VHD_FOOTER.cookie, 'latin1');
  footer.writeUInt32BE(2, VHD_FOOTER.features);
  footer.writeUInt32BE(0x00010000, VHD_FOOTER.version);
  footer.writeBigUInt64BE(0xffffffffffffffffn, VHD_FOOTER.dataOffset);
  footer.write('qem2', VHD_FOOTER.creator, 'latin1');
  footer.writeUInt32BE(0x00050003, VHD_FOOTER.creatorVersion);
  footer.write('Wi2k', VHD_FOOTER.creatorHost, 'latin1');
  footer.writeBigUInt64BE(BigInt(diskBytes), VHD_FOOTER.originalSize);
  footer.writeBigUInt64BE(BigInt(diskBytes), VHD_FOOTER.currentSize);
  footer.writeUInt32BE(((65_535 << 16) | (16 << 8) | 255) >>> 0, VHD_FOOTER.geometry);
  footer.writeUInt32BE(2, VHD_FOOTER.type);
  sealVhdFooter(footer, seed, timeS);
  return footer;
}

/** Sets what says when and which one it is, and the checksum. */
export function sealVhdFooter(footer: Buffer, seed: string, timeS: number): void {
  footer.writeUInt32BE(Math.max(0, timeS - VHD_EPOCH_S), VHD_FOOTER.timestamp);
  identityOf(seed, 'vhd').copy(footer, VHD_FOOTER.uuid);
  footer.writeUInt32BE(vhdChecksum(footer), VHD_FOOTER.checksum);
}

/** One's complement of the sum of all bytes but the checksum's own. */
export function vhdChecksum(footer: Buffer): number {
  const sum = footer.reduce(
    (total, byte, at) => (at >= VHD_FOOTER.checksum && at < VHD_FOOTER.checksum + 4 ? total : total + byte),
    0,
  );
  return ~sum >>> 0;
}

export interface FixedVhd {
  /** What its identifier follows from. */
  seed: string;
  /** When it was made, in seconds since 1970. */
  timeS: number;
  signal: AbortSignal;
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** A fixed VHD: the raw disk, sparse on this host, and its footer. `diskBytes` is a whole number of MiB. */
export async function writeFixedVhd(
  raw: string,
  extents: Extent[],
  diskBytes: number,
  out: string,
  { seed, timeS, signal, onProgress }: FixedVhd,
): Promise<void> {
  await copySparse(raw, extents, diskBytes, out, signal, onProgress);
  const file = await open(out, 'r+');
  try {
    await file.write(vhdFooter(diskBytes, seed, timeS), 0, FOOTER_BYTES, diskBytes);
  } finally {
    await file.close();
  }
}
