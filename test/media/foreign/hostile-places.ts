import type { Originals } from './forge.ts';
import * as f from './forge.ts';
import type { Case } from './hostile-images.ts';

const SIZE_ITEM = '2442a52f1bcd7648b2115dbed83bf4b8';
const COPIED = 1n << 63n;

/** Images whose parts lie in one another's place, that hide a parent where QEMU alone looks, and files that are no disk. */
export function hostilePlaces(o: Originals, canary: string): Case[] {
  return [...ofQcow2(o), ...ofVhd(o), ...ofVhdx(o), ...ofVmdk(o, canary), ...noDisks(o)];
}

function ofQcow2({ qcow2 }: Originals): Case[] {
  const [l1, l2] = [f.l1Of(qcow2), f.l2Of(qcow2)];
  const counts = Number(qcow2.readBigUInt64BE(48));
  const first = f.l2Entry(qcow2, 0);
  const table = (what: string, value: bigint, why: RegExp): Case => [
    `qcow2 ${what}`,
    f.forged(qcow2, f.be64(l1, value)),
    why,
  ];
  const cluster = (what: string, value: bigint, why: RegExp): Case => [
    `qcow2 ${what}`,
    f.forged(qcow2, f.be64(first, value)),
    why,
  ];
  return [
    ['qcow2 of half a sector', f.forged(qcow2, f.be64(24, 4_194_305n)), /whole number of sectors/],
    ['qcow2 without reference counts', f.forged(qcow2, f.be32(56, 0)), /no reference counts/],
    ['qcow2 with a crooked table', f.forged(qcow2, f.be64(40, BigInt(l1 + 512))), /table at an impossible place/],
    ['qcow2 with its table in its header', f.forged(qcow2, f.be64(40, 0n)), /in the place of its header/],
    table('with a crooked second table', COPIED | BigInt(l2 + 512), /table at an impossible place/),
    table('whose table is its own second table', COPIED | BigInt(l1), /in the place of its cluster table/),
    table('with a table in its reference counts', COPIED | BigInt(counts), /in the place of its reference counts/),
    table('with an unknown bit in its table', COPIED | (1n << 56n) | BigInt(l2), /bits that nobody/),
    cluster('with data in its table', COPIED | BigInt(l1), /in the place of its cluster table/),
    cluster('with data in its second table', COPIED | BigInt(l2), /in the place of a cluster table/),
    cluster('with data in its reference counts', COPIED | BigInt(counts), /in the place of its reference counts/),
    cluster('with an unknown bit in its second table', qcow2.readBigUInt64BE(first) | 2n, /bits that nobody/),
  ];
}

function ofVhd({ dynamic }: Originals): Case[] {
  const bat = f.batOf(dynamic);
  const block = (what: string, sector: number, why: RegExp): Case => [
    `dynamic VHD ${what}`,
    f.forged(dynamic, f.be32(bat, sector)),
    why,
  ];
  return [
    block('with a block in its footer', 0, /in the place of a copy of its footer/),
    block('with a block in its header', 2, /in the place of its header/),
    block('with a block in its table', bat / 512, /in the place of its block table/),
    block('with a block that its end cuts', dynamic.length / 512 - 3, /beyond its end/),
  ];
}

function ofVhdx({ vhdx }: Originals): Case[] {
  const [bat, metadata] = [f.vhdxBat(vhdx), f.vhdxMetadata(vhdx)];
  const { entry, value } = f.vhdxItem(vhdx, SIZE_ITEM);
  const block = (what: string, at: number): Case => [
    `VHDX ${what}`,
    f.forged(vhdx, f.le64(f.vhdxBlock(vhdx, 0), (BigInt(at / 1024 ** 2) << 20n) | 6n)),
    /in the place of its/,
  ];
  const region = (what: string, at: number, why: RegExp): Case => [
    `VHDX ${what}`,
    f.forged(
      vhdx,
      f.vhdxRegionsWith(table => {
        for (const nth of [0, 1])
          if (Number(table.readBigUInt64LE(32 + nth * 32)) === bat) table.writeBigUInt64LE(BigInt(at), 32 + nth * 32);
      }),
    ),
    why,
  ];
  return [
    block('with a block in its headers', 0),
    block('with a block in its table', bat),
    block('with a block in its metadata', metadata),
    region('with its table in its headers', 0, /in the place of its headers/),
    region('with its table in its metadata', metadata, /in the place of its region/),
    region('with a crooked table', bat + 4096, /region at an impossible place/),
    ['VHDX with metadata beyond their region', f.forged(vhdx, f.le32(entry + 16, 0x200000)), /beyond its region/],
    [
      'VHDX with metadata twice',
      f.forged(vhdx, copy => copy.copy(copy, entry + 32, entry, entry + 32)),
      /metadata twice|lacks metadata/,
    ],
    ['VHDX of half a sector', f.forged(vhdx, f.le64(value, 4_194_305n)), /whole number of sectors/],
  ];
}

function ofVmdk({ vmdk }: Originals, canary: string): Case[] {
  const hint = `parentFileNameHint="${canary}"`;
  const directory = Number(vmdk.readBigUInt64LE(56));
  const table = vmdk.readUInt32LE(directory * 512);
  const grain = (what: string, sector: number, why: RegExp): Case => [
    `VMDK ${what}`,
    f.forged(vmdk, f.le32(f.vmdkGrain(vmdk, 0), sector)),
    why,
  ];
  return [
    [
      'VMDK with a parent in a comment',
      f.forged(vmdk, f.vmdkText(/# Extent description/, `# ${hint}`)),
      /names a parent/,
    ],
    [
      'VMDK with a parent behind another word',
      f.forged(vmdk, f.vmdkText(/# Extent description/, `x ${hint}`)),
      /parent/,
    ],
    [
      'VMDK with a parent behind the end of its descriptor',
      f.forged(vmdk, copy => {
        const at = Number(copy.readBigUInt64LE(28)) * 512;
        const end = copy.indexOf(0, at);
        copy.fill('\n', end, at + 1024);
        copy.write(hint, at + 1024, 'latin1');
        copy.writeBigUInt64LE(2n, 36);
      }),
      /names a parent/,
    ],
    grain('with a grain in its descriptor and directory', directory - 1, /in the place of its grain directory/),
    grain('with a grain in its table', table, /in the place of a grain table/),
    grain('whose grains overlap', vmdk.readUInt32LE(f.vmdkGrain(vmdk, 1)) + 1, /one place for two grains/),
  ];
}

/** What begins like these is taken for a raw disk by whoever does not look. */
function noDisks({ raw }: Originals): Case[] {
  const starting = (what: string, bytes: string, why: RegExp): Case => [
    what,
    f.forged(raw, copy => copy.write(bytes, 0, 'latin1')),
    why,
  ];
  return [
    starting('archive of cpio', '070701', /cpio/),
    starting('Debian package', '!<arch>\ndebian-binary', /Debian package/),
    starting('RPM package', '\xed\xab\xee\xdb', /RPM/),
    starting('squashfs', 'hsqs', /squashfs/),
    starting('WIM', 'MSWIM\0\0\0', /WIM/),
    starting('lz4 file', '\x04\x22\x4d\x18', /lz4/),
    starting('lzip file', 'LZIP', /lzip/),
    starting('lzma file', '\x5d\0\0\x80', /lzma/),
    starting('cabinet', 'MSCF', /cabinet/),
    starting('sparse image of Android', '\x3a\xff\x26\xed', /simg2img/),
    starting('image of EnCase', 'EVF\x09\x0d\x0a\xff\0', /EWF/),
    starting('image of partclone', 'partclone-image', /partclone/),
    starting('document', '%PDF-1.7', /document/),
    ['DVD with UDF', f.forged(raw, copy => copy.write('\0BEA01', 0x8000, 'latin1')), /UDF/],
  ];
}
