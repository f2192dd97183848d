import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { type DomainOptions, domainXml } from '../../core/drivers/libvirt/domain-xml.ts';
import { ownerOf } from '../../core/drivers/libvirt/ownership.ts';
import { qemuArguments } from '../../core/drivers/qemu/command-line.ts';
import type { ExtraXml } from '../../core/model/lab.ts';
import type { Machine } from '../../core/model/machine.ts';
import { seedCd } from '../../core/verify/throwaway.ts';
import { DISK, MACHINE } from './machine.ts';

const GOLDEN = path.resolve('test/golden/libvirt');

const OPTIONS: DomainOptions = {
  name: 'goldsmith-web',
  uuid: '5b9fd1c2-7d0a-4a3f-9a53-2f6a3b0e8d11',
  owner: { kind: 'build', id: 'web-20260101-000000-abcd' },
  console: { kind: 'sockets', vnc: '/run/g/vnc', serial: '/run/g/serial', serialLog: '/b/serial.log' },
};

const THROUGH: DomainOptions = {
  ...OPTIONS,
  console: { kind: 'through-libvirt', hasPort: false },
  network: 'default',
};
const vars = '/b/efivars.fd';

/** As it stands in a lab.yaml, from its seventh line on. */
const inLab = (text: string): ExtraXml => ({ text, file: 'lab.yaml', line: 7 });

/** A golden file for each device and each way it can be. */
const CASES: Record<string, [machine: Partial<Machine>, options?: Partial<DomainOptions>]> = {
  bios: [{}],
  'odd-names': [
    { disks: [{ ...DISK, path: `/b/a "b" <c> & 'd',e.raw` }], serialLog: '/b/s.log' },
    { owner: { kind: 'run', id: 'it\'s "mine" <&>' } },
  ],
  uefi: [{ firmware: { kind: 'efi', code: '/fw/OVMF_CODE_4M.fd', vars, secureBoot: false } }],
  'secure-boot-tpm': [
    {
      firmware: { kind: 'efi', code: '/fw/OVMF_CODE_4M.ms.fd', vars, secureBoot: true },
      tpm: { device: 'tpm-tis', version: '2.0' },
    },
  ],
  'direct-kernel': [{ boot: { kind: 'direct', kernel: '/b/kernel', initrd: '/b/initrd', append: 'a=b&c quiet' } }],
  kvm: [{ accelerator: 'kvm', cpuModel: 'host', cpus: { count: 8, sockets: 2, cores: 2, threads: 2 } }],
  'cpu-flags': [{ cpuModel: 'Nehalem,+aes,x2apic=off', cpus: { count: 4, cores: 4 } }],
  'every-bus': [
    {
      disks: (['virtio', 'virtio-scsi', 'scsi', 'sata', 'ide', 'virtio-scsi'] as const).map((kind, nth) => ({
        ...DISK,
        id: `disk${nth}`,
        path: `/b/disk${nth}.qcow2`,
        format: 'qcow2',
        interface: kind,
        cache: 'none',
        readOnly: nth === 5,
      })),
      cdroms: (['ide', 'sata', 'scsi', 'virtio-scsi', 'virtio'] as const).map((kind, nth) => ({
        id: `cd${nth}`,
        path: `/b/${nth}.iso`,
        interface: kind,
      })),
      floppies: [{ id: 'floppy0', path: '/b/floppy.img' }],
    },
  ],
  aarch64: [
    {
      arch: 'aarch64',
      type: 'virt-10.0',
      cpuModel: 'max,pauth-impdef=on',
      firmware: { kind: 'efi', code: '/fw/AAVMF_CODE.fd', vars, secureBoot: false },
      cdroms: [seedCd('aarch64', '/m/seed.iso')],
    },
    { owner: { kind: 'vm', id: 'web' } },
  ],
  'old-board': [{ type: 'pc-i440fx-10.0', disks: [{ ...DISK, interface: 'ide' }] }],
  bridge: [
    { nics: [{ id: 'net0', model: 'e1000', kind: 'bridge', bridge: 'br0', mac: '52:54:00:00:00:01', forwards: [] }] },
  ],
  'through-libvirt': [{}, THROUGH],
  remote: [{}, { ...THROUGH, console: { kind: 'through-libvirt', hasPort: true } }],
  'raw-arguments': [{ extraArgs: ['-global', 'kvm-pit.lost_tick_policy=discard'] }],
  'extra-xml': [
    {},
    {
      extraXml: inLab(`<devices>
        <watchdog model="i6300esb" action="reset"/>
        <filesystem type="mount"><source dir="/srv"/><target dir="srv"/></filesystem>
      </devices>
      <memoryBacking><nosharepages/></memoryBacking>
      <os><bootmenu enable="no"/></os>`),
    },
  ],
};

const xmlOf = (name: string): string => {
  const [machine = {}, options = {}] = CASES[name] ?? [];
  return domainXml({ ...MACHINE, ...machine }, { ...OPTIONS, ...options });
};

describe('the libvirt domain of a machine', () => {
  it.each(Object.keys(CASES))('%s is as it was', async name => {
    await expect(xmlOf(name)).toMatchFileSnapshot(path.join(GOLDEN, `${name}.xml`));
  });

  it.each(Object.keys(CASES))('%s is what libvirt calls a domain', name => {
    const file = path.join(GOLDEN, `${name}.xml`);
    execFileSync('virt-xml-validate', [file, 'domain'], { stdio: 'pipe' }); // throws with what is wrong
  });

  it('has no golden file that no case makes', () => {
    expect(readdirSync(GOLDEN).sort()).toEqual(
      Object.keys(CASES)
        .map(name => `${name}.xml`)
        .sort(),
    );
  });

  it('says whose it is', () => {
    const { domain } = new XMLParser({ ignoreAttributes: false }).parse(xmlOf('odd-names'));
    expect(domain.metadata['goldsmith:owner']['@_id']).toBe('it\'s "mine" <&>');
    expect(ownerOf('<owner xmlns="https://goldsmith.example/libvirt/1" id="me" kind="vm"/>')).toEqual({
      id: 'me',
      kind: 'vm',
    });
    expect(ownerOf(undefined)).toBeUndefined();
    expect(ownerOf('<other id="me"/>')).toBeUndefined();
  });

  it('gives a card the same address at each start, and another to each machine that it meets', () => {
    const macOf = (options: Partial<DomainOptions>, machine: Partial<Machine> = {}): string | undefined => {
      const xml = domainXml({ ...MACHINE, ...machine }, { ...OPTIONS, ...options });
      return new XMLParser({ ignoreAttributes: false }).parse(xml).domain.devices.interface.mac?.['@_address'];
    };
    expect(macOf({})).toBe('52:54:00:12:34:56'); // QEMU's own, for an image that was begun there
    const installer = macOf({ network: 'default', name: 'goldsmith-web-install' });
    expect(installer).toMatch(/^52:54:00:/);
    expect(macOf({ network: 'default', name: 'goldsmith-web-installed' })).toBe(installer);
    expect(macOf({ network: 'default' }, { name: 'clone-1' })).not.toBe(installer);
    expect(macOf({ network: 'default', owner: { kind: 'build', id: 'another' } })).not.toBe(installer);
    expect(macOf({ owner: { kind: 'vm', id: 'web' } })).toBeUndefined();
  });

  it('puts every PCI device where QEMU puts it by itself', () => {
    const ordered = (args: string[]): string[] =>
      args.flatMap((argument, at) => (args[at - 1] === '-device' ? [JSON.parse(argument).driver as string] : []));
    const sockets = { qmp: '/q', vnc: '/v', serial: '/s', tpm: '/t' };
    const onPci = ordered(qemuArguments(MACHINE, sockets)).filter(driver => driver !== 'ide-cd');
    expect(onPci).toEqual(['virtio-blk-pci', 'virtio-net-pci', 'VGA', 'virtio-rng-pci']);
    const { devices } = new XMLParser({ ignoreAttributes: false }).parse(xmlOf('bios')).domain;
    const slots = [devices.disk[0], devices.interface, devices.video, devices.rng].map(one => one.address['@_slot']);
    expect(slots).toEqual(['0x01', '0x02', '0x03', '0x04']);
  });

  it.each([
    ['<devices><disk></devices>', 1, 'well-formed'],
    ['<devices>\n  <watchdog model=itco/>\n</devices>', 2, 'well-formed'],
    ['<features/>\n<name>other</name>', 2, '<name>'],
    ['only text', 1, 'only elements'],
  ])('refuses extra XML such as %s, with its line in lab.yaml', (text, line, said) => {
    const make = () => domainXml(MACHINE, { ...OPTIONS, extraXml: inLab(text) });
    expect(make).toThrow(expect.objectContaining({ code: 'bad-lab', message: expect.stringContaining(said) }));
    expect(make).toThrow(
      expect.objectContaining({ details: { place: expect.objectContaining({ file: 'lab.yaml', line: line + 6 }) } }),
    );
  });
});
