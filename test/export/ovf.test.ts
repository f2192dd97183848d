import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../core/exec.ts';
import { type OvfMachine, ovfDescriptor } from '../../core/export/ovf.ts';
import { readOvf } from '../../core/media/foreign/ovf.ts';
import { CONTROLLERS } from '../../core/model/export.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-ovf-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
/**
 * The elements of DSP0243 that Goldsmith writes, in their order. Our own: DMTF's schemas are not committed. Where somebody
 * has them (DSP8023 1.1 and what it imports in one folder), GOLDSMITH_OVF_SCHEMA names the envelope's, and both must agree.
 */
const SCHEMA = path.resolve('test/fixtures/ovf/envelope.xsd');
const SCHEMAS = [SCHEMA, process.env['GOLDSMITH_OVF_SCHEMA']].filter(file => file !== undefined);

const machine: OvfMachine = {
  name: 'web-v1',
  firmware: 'efi',
  hardware: 'vmx-14',
  cpus: 2,
  memoryMiB: 2048,
  controller: 'sata',
  network: 'vmxnet3',
  disks: [
    { file: 'web-v1.vmdk', fileBytes: 5, capacityBytes: 1024 ** 3 },
    { file: 'web-v1-disk2.vmdk', fileBytes: 6, capacityBytes: 1024 ** 2 },
  ],
};

async function validate(xml: string): Promise<void> {
  const file = path.join(dir, 'machine.ovf');
  writeFileSync(file, xml);
  for (const schema of SCHEMAS) await run('xmllint', ['--nonet', '--noout', '--schema', schema, file]);
}

describe('an OVF descriptor', () => {
  it.each(
    CONTROLLERS.flatMap(controller =>
      (['vmx-14', 'virtualbox-2.2'] as const).map(hardware => ({ controller, hardware })),
    ),
  )('is valid, says xmllint: $controller on $hardware', async ({ controller, hardware }) => {
    await validate(ovfDescriptor({ ...machine, controller, hardware }));
    await validate(ovfDescriptor({ ...machine, controller, hardware, firmware: 'bios', network: 'e1000' }));
  });

  it.each([
    ['elements in another order', /(<DiskSection>[\s\S]*<\/DiskSection>)([\s\S]*<\/NetworkSection>)/, '$2$1'],
    ['a disk without its format', / ovf:format="[^"]*"/, ''],
    ['an item without a type', /<rasd:ResourceType>3<\/rasd:ResourceType>/, ''],
    [
      'items out of order',
      /(<rasd:AllocationUnits>hertz[^<]*<\/rasd:AllocationUnits>)\s*(<rasd:ElementName>[^<]*<\/rasd:ElementName>)/,
      '$2$1',
    ],
    ['an unknown section', '</References>', '</References><Extra/>'],
  ])('would not be with %s', async (_, from, to) => {
    const xml = ovfDescriptor(machine);
    expect(xml.replace(from, to)).not.toBe(xml);
    await expect(validate(xml.replace(from, to))).rejects.toMatchObject({ code: 'program-failed' });
  });

  it('says to another reader what it was told', () => {
    expect(readOvf('x', ovfDescriptor(machine))).toEqual({
      disks: [
        { file: 'web-v1.vmdk', bytes: 5 },
        { file: 'web-v1-disk2.vmdk', bytes: 6 },
      ],
      firmware: 'efi',
      cpus: 2,
      memoryMiB: 2048,
    });
  });

  it('tells VMware of UEFI and names each controller as the hypervisor does', () => {
    expect(ovfDescriptor(machine)).toContain('vmw:key="firmware" vmw:value="efi"');
    expect(ovfDescriptor({ ...machine, firmware: 'bios' })).not.toContain('vmw:Config');
    expect(ovfDescriptor({ ...machine, controller: 'pvscsi' })).toContain('>VirtualSCSI<');
    expect(ovfDescriptor({ ...machine, controller: 'sata', hardware: 'virtualbox-2.2' })).toContain('>AHCI<');
    expect(ovfDescriptor(machine)).toContain('>vmware.sata.ahci<');
  });
});
