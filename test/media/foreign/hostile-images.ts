import type { Originals } from './forge.ts';
import * as f from './forge.ts';

/** A hostile image: what it is, its bytes, and words of the reason for which it must be refused. */
export type Case = readonly [what: string, bytes: Buffer, why: RegExp];

const TIB = 1024n ** 4n;
const and =
  (...changes: ((copy: Buffer) => void)[]) =>
  (copy: Buffer): void => {
    for (const change of changes) change(copy);
  };

/** Everything a guest image could use to read a file of this host, to crash QEMU, or to fill the disk. */
export function hostileImages(o: Originals, canary: string): Case[] {
  const qcow2 = (what: string, change: (copy: Buffer) => void, why: RegExp): Case => [
    `qcow2 ${what}`,
    f.forged(o.qcow2, change),
    why,
  ];
  const vhd = (what: string, change: (copy: Buffer) => void, why: RegExp): Case => [
    `VHD ${what}`,
    f.forged(o.vhd, change),
    why,
  ];
  const dynamic = (what: string, change: (copy: Buffer) => void, why: RegExp): Case => [
    `dynamic VHD ${what}`,
    f.forged(o.dynamic, change),
    why,
  ];
  const vhdx = (what: string, change: (copy: Buffer) => void, why: RegExp): Case => [
    `VHDX ${what}`,
    f.forged(o.vhdx, change),
    why,
  ];
  const vmdk = (what: string, change: (copy: Buffer) => void, why: RegExp): Case => [
    `VMDK ${what}`,
    f.forged(o.vmdk, change),
    why,
  ];
  const l1 = f.l1Of(o.qcow2);
  const [first, second] = [f.l2Entry(o.qcow2, 0), f.l2Entry(o.qcow2, 1)];
  const bat = f.batOf(o.dynamic);
  const descriptor = (text: string): Buffer =>
    Buffer.from(`# Disk DescriptorFile\nversion=1\nCID=11111111\nparentCID=ffffffff\n${text}\n`);
  return [
    qcow2('with a backing file', f.qcow2Backing(canary), /backing file/),
    qcow2('with a relative backing file', f.qcow2Backing('../canary'), /backing file/),
    qcow2('with a backing file on the network', f.qcow2Backing('nbd://127.0.0.1:1'), /backing file/),
    qcow2(
      'with a backing file in JSON',
      f.qcow2Backing(`json:{"driver":"raw","file":{"filename":"${canary}"}}`),
      /backing file/,
    ),
    qcow2('with a backing file of no length', f.be64(8, 1024n), /backing file/),
    qcow2('with the format of a backing file', f.qcow2Extension(0xe2792aca, 'raw'), /backing file/),
    qcow2('with an external data file', and(f.be64(72, 4n), f.qcow2Extension(0x44415441, canary)), /another file/),
    qcow2('with the name of a data file', f.qcow2Extension(0x44415441, canary), /another file/),
    qcow2('with a key', f.qcow2Extension(0x0537be77, 'x'.repeat(16)), /encrypted/),
    qcow2(
      'with an endless extension',
      and(f.qcow2Extension(0x12345678, ''), f.be32(o.qcow2.readUInt32BE(100) + 4, 0xfffffff0)),
      /beyond its first/,
    ),
    qcow2('marked dirty', f.be64(72, 1n), /not closed/),
    qcow2('marked corrupt', f.be64(72, 2n), /damaged/),
    qcow2('with subclusters', f.be64(72, 16n), /subclusters/),
    qcow2('with an unknown feature', f.be64(72, 1n << 40n), /nobody here knows/),
    qcow2('of version 1', f.be32(4, 1), /version 1/),
    qcow2('of version 99', f.be32(4, 99), /version 99/),
    qcow2('with clusters of 256 bytes', f.be32(20, 8), /clusters of/),
    qcow2('with clusters of 4 MiB', f.be32(20, 22), /clusters of/),
    qcow2('with clusters of 2^255', f.be32(20, 255), /clusters of/),
    qcow2('encrypted with AES', f.be32(32, 1), /encrypted/),
    qcow2('encrypted with LUKS', f.be32(32, 2), /encrypted/),
    qcow2('with snapshots', f.be32(60, 1), /snapshots/),
    qcow2('of no size', f.be64(24, 0n), /empty disk/),
    qcow2('of 2^63 bytes', f.be64(24, 1n << 63n), /no disk has/),
    qcow2('of 65 TiB', f.be64(24, 65n * TIB), /64 TiB/),
    qcow2('with its table beyond its end', f.be64(40, 1n << 40n), /beyond its end/),
    qcow2('with its table at 2^62', f.be64(40, 1n << 62n), /no disk has/),
    qcow2('with a table of no entry', f.be32(36, 0), /too short/),
    qcow2('with a table of 2^32 entries', f.be32(36, 0xffffffff), /claims a cluster table/),
    qcow2('with a second table beyond its end', f.be64(l1, (1n << 63n) | 0x100000000n), /beyond its end/),
    qcow2(
      'that uses a table twice',
      and(f.be64(24, 1024n ** 3n), f.be32(36, 2), copy => copy.copy(copy, l1 + 8, l1, l1 + 8)),
      /one place for two/,
    ),
    qcow2('that uses a cluster twice', copy => copy.copy(copy, second, first, first + 8), /one place for two/),
    qcow2('with a cluster beyond its end', f.be64(first, (1n << 63n) | 0x100000000n), /beyond its end/),
    qcow2('with a cluster at a crooked place', f.be64(first, (1n << 63n) | 0x50200n), /impossible place/),
    qcow2('with a compressed cluster beyond its end', f.be64(first, (1n << 62n) | 0x100000000n), /beyond its end/),
    qcow2('with a header of 50 bytes', f.be32(100, 50), /wrong length/),
    qcow2('with a header of 1 GiB', f.be32(100, 1 << 30), /wrong length/),
    qcow2('with reference counts beyond its end', f.be64(48, 1n << 40n), /beyond its end/),
    qcow2('with 2^32 clusters of reference counts', f.be32(56, 0xffffffff), /claims a table of/),
    qcow2('with reference counts of 2^31 bits', f.be32(96, 31), /impossible width/),
    qcow2(
      'compressed by nobody knows what',
      and(f.be64(72, 8n), f.be32(100, 112), copy => copy.writeUInt8(9, 104)),
      /unknown algorithm/,
    ),
    ['qcow2 cut in the middle', o.qcow2.subarray(0, o.qcow2.length / 2), /beyond its end/],
    ['qcow2 of 20 bytes', o.qcow2.subarray(0, 20), /beyond its end/],
    ['qcow2 that is a VHD as well', Buffer.concat([o.qcow2, o.vhd.subarray(-512)]), /at once/],
    ['qcow2 bomb', f.qcow2Bomb(), /bomb/],

    vhd('with a parent', f.vhdFooterWith(f.be32(60, 4)), /differences to a parent/),
    vhd('of an unknown type', f.vhdFooterWith(f.be32(60, 9)), /unknown type/),
    vhd('with a wrong checksum', copy => copy.writeUInt8(1, copy.length - 440), /damaged/),
    vhd('that says it is larger', f.vhdFooterWith(f.be64(48, 8n * 1024n ** 2n)), /not as long/),
    vhd('of no size', f.vhdFooterWith(f.be64(48, 0n)), /empty disk/),
    vhd('of 65 TiB', f.vhdFooterWith(f.be64(48, 65n * TIB)), /64 TiB/),
    vhd('of 2^64 bytes', f.vhdFooterWith(f.be64(48, (1n << 64n) - 512n)), /no disk has/),
    vhd('of half a sector', f.vhdFooterWith(f.be64(48, 100n)), /whole number of sectors/),
    ['VHD that is its footer', o.vhd.subarray(-512), /too short/],
    ['VHD that was cut', o.dynamic.subarray(0, o.dynamic.length - 512), /cut off/],
    dynamic('with a parent', f.vhdFooterWith(f.be32(60, 4)), /differences to a parent/),
    dynamic('with two footers', copy => copy.writeUInt8(9, 100), /another footer/),
    dynamic('with its header beyond its end', f.vhdFooterWith(f.be64(16, 1n << 40n)), /beyond its end/),
    dynamic(
      'without a header',
      f.vhdHeaderWith(header => header.write('nonsense')),
      /no header/,
    ),
    dynamic('with a damaged header', copy => copy.writeUInt8(9, 512 + 100), /damaged/),
    dynamic('with blocks of 3 bytes', f.vhdHeaderWith(f.be32(32, 3)), /blocks of 3/),
    dynamic('with blocks of 1 GiB', f.vhdHeaderWith(f.be32(32, 1 << 30)), /blocks of/),
    dynamic('with a table of no entry', f.vhdHeaderWith(f.be32(28, 0)), /too short/),
    dynamic('with a table of 2^32 entries', f.vhdHeaderWith(f.be32(28, 0xfffffff0)), /claims a block table/),
    dynamic('with its table beyond its end', f.vhdHeaderWith(f.be64(16, 1n << 40n)), /beyond its end/),
    dynamic('with a block beyond its end', f.be32(bat, 0x7fffffff), /beyond its end/),
    dynamic('that uses a block twice', copy => copy.copy(copy, bat + 4, bat, bat + 4), /one place for two/),

    vhdx(
      'without a header',
      and(
        copy => copy.fill(0, 65_536, 69_632),
        copy => copy.fill(0, 131_072, 135_168),
      ),
      /no whole VHDX header/,
    ),
    vhdx(
      'with damaged headers',
      and(
        copy => copy.writeUInt8(9, 65_636),
        copy => copy.writeUInt8(9, 131_172),
      ),
      /no whole VHDX header/,
    ),
    vhdx(
      'with a log',
      f.vhdxHeadersWith(header => header.fill(7, 48, 64)),
      /log of changes/,
    ),
    vhdx('of version 2', f.vhdxHeadersWith(f.u16(66, 2, true)), /another version/),
    vhdx(
      'without region tables',
      and(
        copy => copy.fill(0, 196_608, 200_000),
        copy => copy.fill(0, 262_144, 266_000),
      ),
      /region table/,
    ),
    vhdx(
      'with a needed, unknown region',
      f.vhdxRegionsWith(and(table => table.fill(9, 80, 96), f.le32(8, 3), f.le32(108, 1))),
      /region that nobody/,
    ),
    vhdx('with 2^32 regions', f.vhdxRegionsWith(f.le32(8, 0xffffffff)), /number of regions/),
    vhdx(
      'with its block table twice',
      f.vhdxRegionsWith(and(table => table.copy(table, 80, 16, 48), f.le32(8, 3))),
      /region twice/,
    ),
    vhdx('without a block table', f.vhdxRegionsWith(f.le32(8, 0)), /lacks its block table/),
    vhdx(
      'with a parent',
      f.le32(f.vhdxItem(o.vhdx, '3767a1ca36fa434db3b633f0aa44e76b').value + 4, 2),
      /differences to a parent/,
    ),
    vhdx(
      'with the place of a parent',
      copy =>
        Buffer.from('2d5fd3a80bb34d45abf7d3d84834ab0c', 'hex').copy(
          copy,
          f.vhdxItem(copy, 'ab12cabee6b2234593efc309e000c746').entry,
        ),
      /names a parent/,
    ),
    vhdx(
      'with needed, unknown metadata',
      copy => {
        const { entry } = f.vhdxItem(copy, 'ab12cabee6b2234593efc309e000c746');
        copy.fill(9, entry, entry + 16);
        copy.writeUInt32LE(4, entry + 24);
      },
      /metadata that nobody/,
    ),
    vhdx(
      'without its size',
      copy =>
        copy.fill(
          9,
          f.vhdxItem(copy, '2442a52f1bcd7648b2115dbed83bf4b8').entry,
          f.vhdxItem(copy, '2442a52f1bcd7648b2115dbed83bf4b8').entry + 16,
        ),
      /metadata/,
    ),
    vhdx(
      'with blocks of no size',
      f.le32(f.vhdxItem(o.vhdx, '3767a1ca36fa434db3b633f0aa44e76b').value, 0),
      /blocks of 0/,
    ),
    vhdx(
      'with blocks of 512 MiB',
      f.le32(f.vhdxItem(o.vhdx, '3767a1ca36fa434db3b633f0aa44e76b').value, 1 << 29),
      /blocks of/,
    ),
    vhdx(
      'with sectors of one byte',
      f.le32(f.vhdxItem(o.vhdx, '1dbf41816fa90947ba47f233a8faab5f').value, 1),
      /sectors of 1/,
    ),
    vhdx('of 65 TiB', f.le64(f.vhdxItem(o.vhdx, '2442a52f1bcd7648b2115dbed83bf4b8').value, 65n * TIB), /64 TiB/),
    vhdx(
      'of 63 TiB with a small table',
      f.le64(f.vhdxItem(o.vhdx, '2442a52f1bcd7648b2115dbed83bf4b8').value, 63n * TIB),
      /too short/,
    ),
    vhdx(
      'with a part of a block',
      copy => copy.writeBigUInt64LE((copy.readBigUInt64LE(f.vhdxBlock(copy, 0)) & ~7n) | 7n, f.vhdxBlock(copy, 0)),
      /differences to a parent/,
    ),
    vhdx(
      'with a block in an unknown state',
      copy => copy.writeBigUInt64LE((copy.readBigUInt64LE(f.vhdxBlock(copy, 0)) & ~7n) | 5n, f.vhdxBlock(copy, 0)),
      /unknown state/,
    ),
    vhdx(
      'with a block beyond its end',
      copy => copy.writeBigUInt64LE((999_999n << 20n) | 6n, f.vhdxBlock(copy, 0)),
      /beyond its end/,
    ),
    vhdx(
      'that uses a block twice',
      copy => copy.copy(copy, f.vhdxBlock(copy, 1), f.vhdxBlock(copy, 0), f.vhdxBlock(copy, 0) + 8),
      /one place for two/,
    ),
    ['VHDX that was cut', o.vhdx.subarray(0, 1024 ** 2 + 4096), /beyond its end/],

    [
      'VMDK descriptor that names a file',
      descriptor(`createType="monolithicFlat"\nRW 8192 FLAT "${canary}" 0`),
      /other files/,
    ],
    [
      'VMDK descriptor that names a device',
      descriptor('createType="fullDevice"\nRW 8192 FLAT "/dev/sda" 0'),
      /other files/,
    ],
    ...['\n \n# a comment\n', '# a comment\n', '   \r\n'].map(
      (before): Case => [
        `VMDK descriptor behind ${JSON.stringify(before)}, as long as a disk`,
        Buffer.concat([
          Buffer.from(`${before}version=1\nparentCID=ffffffff\nRW 8192 FLAT "${canary}" 0\n`),
          Buffer.alloc(2 * 1024 ** 2),
        ]),
        /other files/,
      ],
    ),
    ['VMDK of an old ESX', Buffer.concat([Buffer.from('COWD'), Buffer.alloc(4096)]), /COWD/],
    vmdk(
      'whose descriptor decides',
      and(f.le64(12, 0n), f.vmdkText(/^RW .*$/m, `RW 8192 FLAT "${canary}" 0`)),
      /descriptor would decide/,
    ),
    vmdk('that says it is flat', f.vmdkText(/monolithicSparse/, 'monolithicFlat'), /of the kind monolithicFlat/),
    vmdk('that is one of several', f.vmdkText(/monolithicSparse/, 'twoGbMaxExtentSparse'), /of the kind/),
    vmdk('with no kind', f.vmdkText(/createType/, 'creatorType'), /of the kind/),
    vmdk('with two extents', f.vmdkText(/^(RW .*)$/m, `$1\nRW 8192 FLAT "${canary}" 0`), /2 extents/),
    vmdk('with no extent', f.vmdkText(/^RW .*$/m, '#'), /0 extents/),
    vmdk('with an extent elsewhere', f.vmdkText(/SPARSE "[^"]*"/, `SPARSE "${canary}"`), /its data in/),
    vmdk('with an extent above', f.vmdkText(/SPARSE "[^"]*"/, 'SPARSE "../canary"'), /its data in/),
    vmdk('with a flat extent', f.vmdkText(/SPARSE "[^"]*"/, `FLAT "canary" 0`), /extent of the kind/),
    vmdk('with an extent of another size', f.vmdkText(/^RW \d+/m, 'RW 99999'), /another size/),
    vmdk('with the name of a parent', f.vmdkText(/^CID=/m, `parentFileNameHint="${canary}"\nCID=`), /names a parent/),
    vmdk('with a parent', f.vmdkText(/parentCID=f{8}/, 'parentCID=12345678'), /differences to a parent/),
    vmdk('of version 9', f.le32(4, 9), /version 9/),
    vmdk('without a descriptor', f.le64(28, 0n), /no descriptor/),
    vmdk('with a descriptor of 2^40 sectors', f.le64(36, 1n << 40n), /no descriptor/),
    vmdk('with grains of 3 sectors', f.le64(20, 3n), /grains of/),
    vmdk('with grains of 2^60 sectors', f.le64(20, 1n << 60n), /no disk has/),
    vmdk('with empty grain tables', f.le32(44, 0), /tables of 0/),
    vmdk('with huge grain tables', f.le32(44, 0xffffffff), /tables of/),
    vmdk('of 65 TiB', f.le64(12, (65n * TIB) / 512n), /64 TiB/),
    vmdk('with its directory beyond its end', f.le64(56, 1n << 40n), /beyond its end/),
    vmdk('with a grain beyond its end', copy => copy.writeUInt32LE(0xfffffff0, f.vmdkGrain(copy, 0)), /beyond its end/),
    vmdk(
      'that uses a grain twice',
      copy => copy.copy(copy, f.vmdkGrain(copy, 1), f.vmdkGrain(copy, 0), f.vmdkGrain(copy, 0) + 4),
      /one place for two/,
    ),
    ['stream VMDK compressed by nobody knows what', f.forged(o.stream, f.u16(77, 9, true)), /unknown algorithm/],
    ['stream VMDK whose footer is not there', f.forged(o.stream, f.le64(56, (1n << 64n) - 1n)), /no footer/],

    ['LUKS container', Buffer.concat([Buffer.from('LUKS\xba\xbe', 'latin1'), Buffer.alloc(2 * 1024 ** 2)]), /luks/],
    ['QED image with a backing file', Buffer.concat([Buffer.from('QED\0'), Buffer.alloc(2 * 1024 ** 2)]), /qed/],
    ['VDI image', f.forged(o.raw, copy => Buffer.from([0x7f, 0x10, 0xda, 0xbe]).copy(copy, 0x40)), /vdi/],
    ['ISO image', f.forged(o.raw, copy => copy.write('CD001', 0x8001)), /iso9660/],
    ['gzip file', f.forged(o.raw, copy => copy.write('\x1f\x8b\x08', 0, 'latin1')), /gzip/],
    ['xz file', f.forged(o.raw, copy => copy.write('\xfd7zXZ\0', 0, 'latin1')), /xz/],
    ['zip file', f.forged(o.raw, copy => copy.write('PK\x03\x04', 0, 'latin1')), /zip/],
    ['program', f.forged(o.raw, copy => copy.write('\x7fELF', 0, 'latin1')), /program/],
    ['Parallels disk', f.forged(o.raw, copy => copy.write('WithoutFreeSpace', 0, 'latin1')), /Parallels/],
    ['disk image of macOS', f.forged(o.raw, copy => copy.write('koly', copy.length - 512)), /macOS/],
    ['text file', Buffer.from('hello\n'), /shorter than 1 MiB/],
    ['empty file', Buffer.alloc(0), /empty/],
  ];
}
