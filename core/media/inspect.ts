import { open, stat } from 'node:fs/promises';
import { GoldsmithError } from '../model/failure.ts';
import type { ImageFormat } from '../model/machine.ts';

/** Enough for every header below, ISO 9660's at sector 16 included. */
const HEAD_BYTES = 40 * 1024;
const SECTOR = 512;

export type DetectedFormat = 'qcow2' | 'qed' | 'vmdk' | 'vhd' | 'vhdx' | 'vdi' | 'luks' | 'iso9660' | 'raw';

/**
 * Where the signature of each format is. Sources: QEMU's docs/interop/qcow2.rst and qed_spec, VMware's Virtual Disk
 * Format 5.0, Microsoft's VHD and [MS-VHDX] specifications, VirtualBox's VDICore.h, LUKS on-disk formats, ECMA-119.
 */
const SIGNATURES: readonly { format: DetectedFormat; offset: number; bytes: Buffer }[] = [
  { format: 'qcow2', offset: 0, bytes: Buffer.from('QFI\xfb', 'latin1') },
  { format: 'qed', offset: 0, bytes: Buffer.from('QED\0') },
  { format: 'vmdk', offset: 0, bytes: Buffer.from('KDMV') },
  { format: 'vmdk', offset: 0, bytes: Buffer.from('COWD') },
  { format: 'vhd', offset: 0, bytes: Buffer.from('conectix') },
  { format: 'vhdx', offset: 0, bytes: Buffer.from('vhdxfile') },
  { format: 'vdi', offset: 0x40, bytes: Buffer.from([0x7f, 0x10, 0xda, 0xbe]) },
  { format: 'luks', offset: 0, bytes: Buffer.from('LUKS\xba\xbe', 'latin1') },
  { format: 'iso9660', offset: 0x8001, bytes: Buffer.from('CD001') },
];

/** A VMDK's descriptor is text. Comments and empty lines may stand before what QEMU knows it by (block/vmdk.c, vmdk_probe). */
const VMDK_TEXT =
  /^(?:[ \t]*(?:#(?! Disk DescriptorFile)[^\n]*)?\r?\n)*[ \t]*(?:# Disk DescriptorFile|version=[123]\s)/;

/** What a file is by its own bytes, whatever its name says. More than one match is possible, and suspicious. */
export async function detectFormats(file: string): Promise<DetectedFormat[]> {
  const head = await readAt(file, 0, HEAD_BYTES);
  const found = SIGNATURES.filter(({ offset, bytes }) => head.subarray(offset, offset + bytes.length).equals(bytes));
  const { size } = await stat(file);
  const foot = size >= SECTOR ? await readAt(file, size - SECTOR, SECTOR) : Buffer.alloc(0);
  const isFixedVhd = foot.subarray(0, 8).equals(Buffer.from('conectix'));
  const isText = VMDK_TEXT.test(head.toString('latin1'));
  const names: DetectedFormat[] = found.map(({ format }) => format);
  if (isFixedVhd) names.push('vhd');
  if (isText) names.push('vmdk');
  return names.length === 0 ? ['raw'] : [...new Set(names)];
}

/**
 * Refuses whatever is not a plain ISO. A qcow2 named `.iso` would have QEMU open its backing file: any file of this
 * host, readable by the guest.
 * @throws GoldsmithError `source-unsafe`
 */
export async function requireIso(file: string, { isRawTaken = false } = {}): Promise<void> {
  const formats = await detectFormats(file);
  if (formats.length === 1 && (formats[0] === 'iso9660' || (isRawTaken && formats[0] === 'raw'))) return;
  throw unsafe(
    file,
    formats.includes('raw') ? 'is no ISO 9660 image' : `is ${formats.join(' and ')}, not only an ISO 9660 image`,
  );
}

/** Known incompatible features of qcow2 version 3: dirty, corrupt, compression type, extended L2. Not: external data. */
const QCOW2_ALLOWED_FEATURES = 0b11011n;
const QCOW2 = { version: 4, backingOffset: 8, size: 24, features: 72 } as const;
/** A larger disk is a mistake or an attack: nothing here can hold it. */
const MAX_VIRTUAL_BYTES = 64n * 1024n ** 4n;

/**
 * Accepts a qcow2 or raw image from outside as a base, after looking at it without QEMU.
 * @throws GoldsmithError `source-unsafe` for backing files, external data files, unknown features and other formats
 */
export async function requireImage(file: string): Promise<{ format: ImageFormat }> {
  const formats = await detectFormats(file);
  if (formats.length !== 1) throw unsafe(file, `looks like ${formats.join(' and like ')} at once`);
  const [format] = formats;
  if (format === 'raw') return { format };
  if (format !== 'qcow2')
    throw unsafe(file, `is ${format}; a base image is qcow2 or raw (goldsmith import takes others)`);
  const head = await readAt(file, 0, 104);
  const version = head.readUInt32BE(QCOW2.version);
  if (version !== 2 && version !== 3) throw unsafe(file, `is qcow2 version ${version}`);
  if (head.readBigUInt64BE(QCOW2.backingOffset) !== 0n) throw unsafe(file, 'has a backing file');
  if (head.readBigUInt64BE(QCOW2.size) > MAX_VIRTUAL_BYTES) throw unsafe(file, 'claims to be larger than 64 TiB');
  const features = version === 3 ? head.readBigUInt64BE(QCOW2.features) : 0n;
  if ((features & ~QCOW2_ALLOWED_FEATURES) !== 0n) throw unsafe(file, 'uses an external data file or unknown features');
  return { format };
}

const unsafe = (file: string, why: string): GoldsmithError =>
  new GoldsmithError('source-unsafe', `${file} ${why}.`, {
    hint: 'It was not given to QEMU. Get it from a source you trust, or convert it yourself.',
  });

async function readAt(file: string, position: number, length: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read({ buffer: Buffer.alloc(length), position });
    return buffer.subarray(0, bytesRead).length < length
      ? Buffer.concat([buffer.subarray(0, bytesRead)], length)
      : buffer;
  } finally {
    await handle.close();
  }
}
