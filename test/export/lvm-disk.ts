import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MIB = 1024 ** 2;
const SECTOR = 512;
export const LVM_DISK_BYTES = 80 * MIB;
/** The volume group of a Debian disk, as LVM2 wrote it: test/fixtures/root/deb-vg.lvm. */
const TEXT = readFileSync(path.resolve('test/fixtures/root/deb-vg.lvm'));
/** Where the logical partition with the physical volume begins: an extended one is around it, as Debian makes it. */
export const PV_START = 3 * MIB;
const METADATA = { at: 4096, bytes: 1044480, header: 512 };

/** What LVM2 puts at the start of a physical volume; `textAt` is where in the ring its text begins. */
export function physicalVolume(text = TEXT, textAt = METADATA.header): Buffer {
  const volume = Buffer.alloc(MIB);
  const label = volume.subarray(SECTOR, 2 * SECTOR);
  label.write('LABELONE', 0, 'latin1');
  label.writeBigUInt64LE(1n, 8);
  label.writeUInt32LE(32, 20);
  label.write('LVM2 001', 24, 'latin1');
  const [, id = ''] = /pv0 \{\s*id = "([^"]*)"/.exec(text.toString()) ?? [];
  label.write(id.replaceAll('-', ''), 32, 'latin1');
  label.writeBigUInt64LE(BigInt(64 * MIB), 64);
  for (const [nth, value] of [MIB, 0, 0, 0, METADATA.at, METADATA.bytes].entries()) {
    label.writeBigUInt64LE(BigInt(value), 72 + nth * 8);
  }
  const area = volume.subarray(METADATA.at);
  area.write(' LVM2 x[5A%r0N*>', 4, 'latin1');
  area.writeBigUInt64LE(BigInt(textAt), 40);
  area.writeBigUInt64LE(BigInt(text.length), 48);
  const fits = Math.min(text.length, METADATA.bytes - textAt);
  text.copy(area, textAt, 0, fits);
  text.copy(area, METADATA.header, fits);
  return volume;
}

/** A disk with a logical partition, LVM on it, and ext4 on two of its volumes: a root, and what belongs to /home. */
export function makeLvmDisk(disk: string): void {
  const mbr = Buffer.alloc(SECTOR);
  const extended = Buffer.alloc(SECTOR);
  entry(mbr, 0x05, 2 * MIB, LVM_DISK_BYTES - 2 * MIB);
  entry(extended, 0x8e, PV_START - 2 * MIB, LVM_DISK_BYTES - PV_START);
  const file = openSync(disk, 'w');
  truncateSync(disk, LVM_DISK_BYTES);
  writeSync(file, mbr, 0, SECTOR, 0);
  writeSync(file, extended, 0, SECTOR, 2 * MIB);
  const volume = physicalVolume();
  writeSync(file, volume, 0, volume.length, PV_START);
  const fstab = '/dev/mapper/deb--vg-root / ext4 defaults 0 1\n/dev/mapper/deb--vg-home /home ext4 defaults 0 2\n';
  // Volumes begin behind the first MiB, in extents of 4 MiB: swap_1 has one, root five, home two.
  putFileSystem(file, PV_START + 5 * MIB, '20M', { 'etc/fstab': fstab, 'usr/motto': 'on LVM\n', 'home/': '' });
  putFileSystem(file, PV_START + 25 * MIB, '8M', { mail: 'a letter\n' });
  closeSync(file);
}

function entry(table: Buffer, type: number, start: number, bytes: number): void {
  table[446 + 4] = type;
  table.writeUInt32LE(start / SECTOR, 446 + 8);
  table.writeUInt32LE(bytes / SECTOR, 446 + 12);
  table.writeUInt16LE(0xaa55, 510);
}

function putFileSystem(disk: number, at: number, size: string, files: Record<string, string>): void {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-lvm-'));
  const tree = path.join(dir, 'tree');
  mkdirSync(tree);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.join(tree, name.endsWith('/') ? name : path.dirname(name)), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(path.join(tree, name), text);
  }
  const image = path.join(dir, 'image');
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-d', tree, image, size], { stdio: 'ignore' });
  const bytes = readFileSync(image);
  writeSync(disk, bytes, 0, bytes.length, at);
  rmSync(dir, { recursive: true });
}
