import path from 'node:path';
import { GoldsmithError } from '../model/failure.ts';
import { type Member, writeTar } from './archive.ts';
import { identityOf } from './identity.ts';
import { checkHardware, describeOvf } from './ova.ts';
import { qcow2, streamVmdk } from './shared-disks.ts';
import type { ExportWork } from './work.ts';

const GIB = 1024 ** 3;
const LIBVIRT_VAGRANTFILE =
  'Vagrant.configure("2") do |config|\n  config.vm.provider :libvirt do |libvirt|\n    libvirt.driver = "kvm"\n  end\nend\n';

/** A box of vagrant-libvirt (its docs/boxes.markdown): version 1 has one disk, version 2 a list of them. */
export async function makeLibvirtBox(work: ExportWork): Promise<string[]> {
  const isFirst = work.settings.boxVersion === 1;
  if (isFirst && work.diskCount > 1) {
    throw new GoldsmithError('unsupported', 'A Vagrant box of version 1 holds one disk.', {
      hint: 'Choose version 2: --box-version 2, or box_version: 2 in lab.yaml.',
    });
  }
  const files = await work.eachDisk(nth => qcow2(work, nth));
  const names = files.map((_, nth) => (isFirst ? 'box.img' : `box_${nth}.img`));
  const { bytes } = await work.raw();
  // The size in GiB is rounded up, as vagrant-libvirt does when it packs a box itself.
  const metadata = isFirst
    ? { provider: 'libvirt', format: 'qcow2', virtual_size: Math.ceil(bytes / GIB) }
    : { provider: 'libvirt', disks: names.map(name => ({ path: name, format: 'qcow2' })) };
  return writeBox(work, 'libvirt', [
    { name: 'metadata.json', text: `${JSON.stringify(metadata)}\n` },
    { name: 'info.json', text: info(work) },
    { name: 'Vagrantfile', text: LIBVIRT_VAGRANTFILE },
    ...files.map((file, nth) => ({ name: names[nth] ?? '', file })),
  ]);
}

/** A box for VirtualBox: an unpacked OVA, whose first card has the address that the Vagrantfile names. */
export async function makeVirtualboxBox(work: ExportWork): Promise<string[]> {
  checkHardware(work, 'virtualbox');
  const disks = await work.eachDisk(nth => streamVmdk(work, nth));
  const mac = `080027${identityOf(work.seed, 'mac').toString('hex', 0, 3).toUpperCase()}`;
  return writeBox(work, 'virtualbox', [
    { name: 'metadata.json', text: '{"provider":"virtualbox"}\n' },
    { name: 'info.json', text: info(work) },
    { name: 'Vagrantfile', text: virtualboxVagrantfile(mac, await work.firmware()) },
    { name: 'box.ovf', text: await describeOvf(work, 'virtualbox', disks) },
    ...disks.map(file => ({ name: path.basename(file), file })),
  ]);
}

/** VirtualBox reads no firmware from an OVF. */
const virtualboxVagrantfile = (mac: string, firmware: 'bios' | 'efi'): string =>
  [
    'Vagrant.configure("2") do |config|',
    `  config.vm.base_mac = "${mac}"`,
    ...(firmware === 'efi'
      ? [
          '  config.vm.provider :virtualbox do |virtualbox|',
          '    virtualbox.customize ["modifyvm", :id, "--firmware", "efi"]',
          '  end',
        ]
      : []),
    'end',
    '',
  ].join('\n');

/** What `vagrant box list -i` shows. */
const info = ({ manifest, release }: ExportWork): string =>
  `${JSON.stringify({ image: manifest.image, version: manifest.version, release: release.id })}\n`;

async function writeBox(work: ExportWork, provider: string, members: Member[]): Promise<string[]> {
  const name = `${work.name}-${provider}.box`;
  // The disk in it is compressed already: another pass of gzip would cost time and win nothing.
  await writeTar(work.file(name), members, { timeS: work.timeS, signal: work.signal });
  work.boxes.push({ file: name, provider });
  return [name];
}
