import type { DetectedFormat } from '../inspect.ts';
import { detectFormats } from '../inspect.ts';
import type { QemuFormat } from '../qemu-img.ts';
import { inspectQcow2 } from './qcow2.ts';
import { type Claims, checkVirtualSize, ForeignFile, refuse } from './reader.ts';
import { inspectVhd } from './vhd.ts';
import { inspectVhdx } from './vhdx.ts';
import { inspectVmdk } from './vmdk.ts';

/** An image from outside that was looked at, and found to be what it claims to be. */
export interface Inspected extends Claims {
  path: string;
  /** The driver that QEMU is told to use: it never guesses. */
  format: QemuFormat;
}

type Inspector = { format: QemuFormat; inspect: (file: ForeignFile) => Promise<Claims> };

/** The formats that are taken from outside. */
const INSPECTORS: Partial<Record<DetectedFormat, Inspector>> = {
  raw: { format: 'raw', inspect: inspectRaw },
  qcow2: { format: 'qcow2', inspect: inspectQcow2 },
  vhd: { format: 'vpc', inspect: inspectVhd },
  vhdx: { format: 'vhdx', inspect: inspectVhdx },
  vmdk: { format: 'vmdk', inspect: inspectVmdk },
};

/** What is no disk, by how it starts; a person who gives it by mistake is told. Sources: file(1)'s magic. */
const NO_DISKS: readonly [bytes: string, what: string][] = [
  ['\x1f\x8b', 'compressed with gzip: unpack it first'],
  ['BZh', 'compressed with bzip2: unpack it first'],
  ['\xfd7zXZ\0', 'compressed with xz: unpack it first'],
  ['\x28\xb5\x2f\xfd', 'compressed with zstd: unpack it first'],
  ['PK\x03\x04', 'a zip archive: unpack it first'],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive: unpack it first'],
  ['Rar!', 'a RAR archive: unpack it first'],
  ['WithoutFreeSpace', 'a disk of Parallels'],
  ['WithouFreSpacExt', 'a disk of Parallels'],
  ['Bochs Virtual HD Image', 'a disk of Bochs'],
  ['#!/bin/sh\n#V2.0 Format\n', 'a compressed loop image'],
  ['\x04\x22\x4d\x18', 'compressed with lz4: unpack it first'],
  ['LZIP', 'compressed with lzip: unpack it first'],
  ['\x5d\0\0', 'compressed with lzma: unpack it first'],
  ['MSCF', 'a cabinet: unpack it first'],
  ['070701', 'a cpio archive'],
  ['070707', 'a cpio archive'],
  ['!<arch>', 'an archive of ar, as a Debian package is'],
  ['\xed\xab\xee\xdb', 'an RPM package'],
  ['hsqs', 'a squashfs, and no disk'],
  ['MSWIM\0\0\0', 'an image of WIM, and no disk'],
  ['\x3a\xff\x26\xed', 'a sparse image of Android: convert it with simg2img first'],
  ['EVF\x09\x0d\x0a\xff\0', 'an image of EWF (EnCase)'],
  ['partclone-image', 'an image of partclone'],
  ['%PDF-', 'a document'],
  ['MZ', 'a program of Windows'],
  ['\x7fELF', 'a program'],
  ['SIMPLE  =', 'no disk'],
];

/** Data that takes this many times the file's own room is a bomb; honest disks compress to a tenth. */
const MAX_RATIO = 200;
/** A small disk of zeros may compress to nearly nothing. */
const FREE_BYTES = 2 * 1024 ** 3;

/**
 * Looks at an image from outside, without QEMU.
 * @throws GoldsmithError `source-unsafe` with the reason, `not-found`
 */
export async function inspectForeign(path: string): Promise<Inspected> {
  const file = await ForeignFile.open(path);
  try {
    const formats = await detectFormats(path);
    if (formats.length !== 1) refuse(path, `looks like ${formats.join(' and like ')} at once`);
    const [detected = 'raw'] = formats;
    const inspector = INSPECTORS[detected];
    if (!inspector) return refuse(path, `is ${detected}; taken are raw, qcow2, VHD, VHDX, VMDK and OVA`);
    const claims = await inspector.inspect(file);
    checkBomb(file, claims);
    return { path, format: inspector.format, ...claims };
  } finally {
    await file.close();
  }
}

function checkBomb(file: ForeignFile, { dataBytes, virtualBytes }: Claims): void {
  if (dataBytes > virtualBytes * 1.1 + FREE_BYTES) file.refuse('claims to hold more data than its disk is large');
  if (dataBytes > FREE_BYTES && dataBytes > MAX_RATIO * file.bytes) {
    file.refuse(
      `claims ${Math.round(dataBytes / 1024 ** 3)} GiB of data in ${Math.round(file.bytes / 1024)} KiB: a bomb`,
    );
  }
}

/** Whatever starts like something else was not meant as a disk, or is meant to be taken for one. */
async function inspectRaw(file: ForeignFile): Promise<Claims> {
  const start = (await file.peek(0, 512)).toString('latin1');
  const other = NO_DISKS.find(([bytes]) => start.startsWith(bytes));
  if (other) file.refuse(`is ${other[1]}`);
  if (start.slice(257, 262) === 'ustar') file.refuse('is a tar archive');
  const volume = (await file.peek(32 * 1024, 8)).toString('latin1');
  if (/^\0(BEA01|NSR0[23])/.test(volume)) file.refuse('is a CD or DVD with UDF');
  const trailer = (await file.peek(file.bytes - 512, 512)).toString('latin1');
  if (trailer.startsWith('koly')) file.refuse('is a disk image of macOS');
  if (file.bytes < 1024 ** 2) file.refuse('is shorter than 1 MiB: no disk');
  return { virtualBytes: checkVirtualSize(file, file.bytes), dataBytes: file.bytes };
}
