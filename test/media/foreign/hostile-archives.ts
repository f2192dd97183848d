import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import type { Originals } from './forge.ts';
import * as f from './forge.ts';
import type { Case } from './hostile-images.ts';

type Member = [header: Partial<Header> & { name: string }, content: Buffer | string];

async function tar(members: Member[]): Promise<Buffer> {
  const archive = pack();
  for (const [header, content] of members) archive.entry(header as Header, Buffer.from(content));
  archive.finalize();
  return buffer(archive);
}

interface Ovf {
  href?: string;
  size?: number | undefined;
  file?: string;
  disk?: string;
  head?: string;
  disks?: number;
}

function ovf({ href = 'disk.vmdk', size, file = '', disk = '', head = '', disks = 1 }: Ovf = {}): string {
  const sized = size === undefined ? '' : ` ovf:size="${size}"`;
  const one = `<Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="1" ${disk}/>`;
  return `<?xml version="1.0"?>${head}<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"><References><File ovf:id="f" ovf:href="${href}"${sized} ${file}/></References><DiskSection>${one.repeat(disks)}</DiskSection></Envelope>`;
}

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

/** Archives that lead out of themselves, or are not what they say. */
export async function hostileArchives(o: Originals, canary: string): Promise<Case[]> {
  const good = ovf();
  const disk: Member = [{ name: 'disk.vmdk' }, o.vmdk];
  const described = (what: string, about: Ovf, why: RegExp) => made(what, [[{ name: 'a.ovf' }, ovf(about)], disk], why);
  const member = (what: string, header: Member[0], why: RegExp) =>
    made(what, [[{ name: 'a.ovf' }, good], [header, ''], disk], why);
  const listed = (what: string, lines: string, why: RegExp) =>
    made(what, [[{ name: 'a.ovf' }, good], [{ name: 'a.mf' }, lines], disk], why);
  const lines = `SHA256(a.ovf)= ${sha256(good)}\nSHA256(disk.vmdk)= ${sha256(o.vmdk)}\n`;
  const holding = (what: string, image: Buffer, why: RegExp) =>
    made(
      what,
      [
        [{ name: 'a.ovf' }, good],
        [{ name: 'disk.vmdk' }, image],
      ],
      why,
    );
  return Promise.all([
    made('with its disk first', [disk, [{ name: 'a.ovf' }, good]], /does not begin/),
    made(
      'that is a Vagrant box',
      [[{ name: 'metadata.json' }, '{"provider":"libvirt"}'], disk],
      /is a Vagrant box: unpack/,
    ),
    member('with a way up', { name: '../canary' }, /with the name/),
    member('with a way up inside', { name: 'a/../../canary' }, /with the name/),
    member('with an absolute name', { name: canary }, /with the name/),
    member('with a name of Windows', { name: '..\\canary' }, /with the name/),
    member('with a name for a switch', { name: '-o' }, /with the name/),
    member('with a symbolic link', { name: 'link.vmdk', type: 'symlink', linkname: canary }, /symlink/),
    member('with a hard link', { name: 'link.vmdk', type: 'link', linkname: canary }, /a link/),
    member('with a device', { name: 'sda', type: 'block-device', devmajor: 8, devminor: 0 }, /block-device/),
    member('with a pipe', { name: 'pipe', type: 'fifo' }, /fifo/),
    member('with a folder', { name: 'folder', type: 'directory' }, /directory/),
    member('with a file twice', { name: 'DISK.vmdk' }, /twice/),
    made(
      'with a hundred files',
      [[{ name: 'a.ovf' }, good], disk, ...Array.from({ length: 100 }, (_, nth): Member => [{ name: `f${nth}` }, ''])],
      /more than 64/,
    ),
    made('with a descriptor of 5 MiB', [[{ name: 'a.ovf' }, ' '.repeat(5 * 1024 ** 2)], disk], /bytes/),
    described('with an entity', { head: `<!DOCTYPE x [<!ENTITY e SYSTEM "file://${canary}">]>` }, /document type/),
    described('with entities in entities', { head: '<!ENTITY a "&b;&b;">' }, /document type/),
    described('with a disk above', { href: '../canary' }, /has a disk at/),
    described('with a disk of this host', { href: canary }, /has a disk at/),
    described('with a disk on the network', { href: 'http://127.0.0.1/disk.vmdk' }, /has a disk at/),
    described('with a disk in a URL', { href: 'file:canary' }, /has a disk at/),
    described('with a disk that is not there', { href: 'other.vmdk' }, /not in it/),
    described('with a disk that is the descriptor', { href: 'a.ovf' }, /not in it/),
    described('that says another size', { size: 5 }, /it has/),
    described('with a compressed disk', { file: 'ovf:compression="gzip"' }, /compressed/),
    described('with a disk in pieces', { file: 'ovf:chunkSize="100"' }, /several pieces/),
    described('with a parent', { disk: 'ovf:parentRef="p"' }, /parent/),
    described('with seventeen disks', { disks: 17 }, /more than 16/),
    described('without a disk', { disks: 0 }, /no disk/),
    made('with a descriptor that is no OVF', [[{ name: 'a.ovf' }, '<a></a>'], disk], /no OVF/),
    made('with a descriptor that is no XML', [[{ name: 'a.ovf' }, '<<<<'], disk], /no XML|no OVF/),
    listed('that is not as its manifest says', lines.replace(sha256(o.vmdk), '0'.repeat(64)), /not as its manifest/),
    listed('with more than its manifest names', `SHA256(a.ovf)= ${sha256(good)}\n`, /not in its manifest/),
    listed('with less than its manifest names', `${lines}SHA256(more.vmdk)= ${'0'.repeat(64)}\n`, /lacks more/),
    listed('with a manifest of nonsense', 'MD5(a.ovf)= 0\n', /a manifest with the line/),
    holding('with an overlay in it', f.forged(o.qcow2, f.qcow2Backing(canary)), /backing file/),
    holding(
      'with a descriptor in it that names a file',
      Buffer.from(
        `# Disk DescriptorFile\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 8192 FLAT "${canary}" 0\n`,
      ),
      /other files/,
    ),
    holding('with a differencing VHD in it', f.forged(o.vhd, f.vhdFooterWith(f.be32(60, 4))), /parent/),
    member('with a second descriptor', { name: 'b.ovf' }, /second descriptor, b.ovf/),
    member('with a way up that only PAX tells', { name: 'plain', pax: { path: '../canary' } }, /with the name/),
    member('with a way up in a long name', { name: `${'a/'.repeat(80)}${'../'.repeat(81)}canary` }, /with the name/),
    member('with a link that only PAX tells', { name: 'l', type: 'symlink', pax: { linkpath: canary } }, /symlink/),
    holding('with a bomb of gzip in it', gzipSync(Buffer.alloc(64 * 1024 ** 2)), /is compressed with gzip/),
    made('that was cut', [[{ name: 'a.ovf' }, good], disk], /no whole tar/, whole =>
      whole.subarray(0, whole.length / 2),
    ),
    made('with a damaged header', [[{ name: 'a.ovf' }, good], disk], /no whole tar/, whole =>
      f.forged(whole, copy => copy.fill(255, 124, 136)),
    ),
  ]);
}

async function made(
  what: string,
  members: Member[],
  why: RegExp,
  change = (whole: Buffer): Buffer => whole,
): Promise<Case> {
  return [`OVA ${what}`, change(await tar(members)), why];
}
