import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Connection } from '../../../core/drivers/libvirt/connection.ts';
import { domainXml } from '../../../core/drivers/libvirt/domain-xml.ts';
import { CREATE } from '../../../core/drivers/libvirt/ffi/domain.ts';
import { chooseFirmware } from '../../../core/host/choose.ts';
import { lookAtFirmware } from '../../../core/host/firmware.ts';
import { createImage } from '../../../core/media/qemu-img.ts';
import { makeNoCloudSeed } from '../../../core/media/seed.ts';
import type { Machine } from '../../../core/model/machine.ts';
import { seedCd } from '../../../core/verify/throwaway.ts';
import { DISK, MACHINE } from '../../machine/machine.ts';
import { startLibvirt, type TestLibvirt } from './session.ts';

/** A machine of another architecture, as `goldsmith vm` makes it of a release: QEMU refuses what its board lacks. */

const SLOW = 120_000;
const MIB = 1024 * 1024;
const UUID = '5b9fd1c2-7d0a-4a3f-9a53-2f6a3b0e8d12';
const firmware = lookAtFirmware();

const canTry = ((): boolean => {
  const hasQemu = spawnSync('qemu-system-aarch64', ['--version']).status === 0;
  if (hasQemu && firmware.some(({ arch }) => arch === 'aarch64')) return true;
  console.log('The aarch64 test is skipped: qemu-system-aarch64 or its UEFI is not installed.');
  return false;
})();

describe.runIf(canTry)('an aarch64 machine on libvirt', () => {
  let libvirt: TestLibvirt;
  let connection: Connection;
  beforeAll(async () => {
    libvirt = await startLibvirt();
    connection = await Connection.open(libvirt.uri);
  }, SLOW);
  afterAll(async () => {
    await connection?.close();
    await libvirt?.stop();
  });

  const file = (name: string): string => path.join(libvirt.dir, name);

  /** @returns what libvirt made of it */
  async function start(): Promise<string> {
    const { code, varsTemplate } = chooseFirmware(
      { firmware },
      { arch: 'aarch64', machineType: 'virt-0', secureBoot: false },
    );
    const disk = { ...DISK, path: file('disk.qcow2'), format: 'qcow2' as const };
    await createImage(disk, 64 * MIB);
    await makeNoCloudSeed(file('seed.iso'), { metaData: 'instance-id: x\n', userData: '#cloud-config\n' });
    copyFileSync(varsTemplate, file('vars'));
    const machine: Machine = {
      ...MACHINE,
      arch: 'aarch64',
      type: 'virt',
      cpuModel: 'max,pauth-impdef=on',
      firmware: { kind: 'efi', code, vars: file('vars'), secureBoot: false },
      disks: [disk],
      cdroms: [seedCd('aarch64', file('seed.iso'))],
    };
    const xml = domainXml(machine, {
      name: 'goldsmith-arm',
      uuid: UUID,
      owner: { kind: 'vm', id: 'arm' },
      console: { kind: 'sockets', vnc: file('vnc'), serial: file('serial'), serialLog: file('serial.log') },
    });
    await connection.call('domainCreate', xml, CREATE.paused);
    const told = await connection.call('domainXml', UUID);
    await connection.call('domainDestroy', UUID);
    return told;
  }

  it('has its seed where its board has a place for it', { timeout: SLOW }, async () => {
    const told = await start();
    expect(told).toContain("<target dev='vdb' bus='virtio'/>");
    expect(told).not.toMatch(/bus='(ide|sata)'/);
  });
});
