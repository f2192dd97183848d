import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { domainXml } from '../../../core/drivers/libvirt/domain-xml.ts';
import { checkSaved, renameSaved } from '../../../core/drivers/libvirt/saved-domain.ts';
import { machineOf } from '../../contract/machines.ts';

/** What libvirt writes (virQEMUSaveHeader), small enough to be looked at; real ones: test/contract/checkpoints.test.ts. */
const HEAD_BYTES = 92;
const STREAM = 'QEVM and the rest';
const NOTES = '<cookie>\n</cookie>\n\0';
const SAVED = `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>goldsmith-a</name><uuid>1e68801f-0986-4f66-a4ae-d42a8a3f6ffc</uuid>
  <memory unit='KiB'>0131072</memory>
  <os><type arch='x86_64' machine='pc-q35-10.0'>hvm</type><nvram>/a/vars</nvram></os>
  <devices>
    <emulator>/usr/bin/qemu &amp; friends</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/a/disk0.raw'/>
      <backingStore type='file'><source file='/a/below'/></backingStore><target dev='vda' bus='virtio'/><alias name='ua-disk0'/>
      <address type='pci' slot='0x01'/></disk>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/><alias name='ua-cd0'/></disk>
    <interface type='user'><mac address='52:54:00:96:d2:ff'/></interface>
    <serial type='unix'><source mode='bind' path='/a/serial'/><log file='/a/log' append='on'/><target port='0'/></serial>
    <console type='unix'><source mode='bind' path='/a/serial'/></console>
    <graphics type='vnc' socket='/a/vnc'/>
  </devices>
  <qemu:commandline><qemu:arg value='-d'/><qemu:arg value='a"b'/></qemu:commandline>
</domain>`;

function saved(xml: string, changes: { version?: number; room?: number; magic?: string } = {}): string {
  const { version = 2, room = 1024, magic = 'LibvirtQemudSave' } = changes;
  const text = Buffer.from(`${xml}\0`);
  const data = Buffer.concat([text, Buffer.from(NOTES), Buffer.alloc(room)]);
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(magic);
  for (const [nth, value] of [version, data.length, 1, 0, text.length].entries())
    head.writeUInt32LE(value, 16 + 4 * nth);
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'goldsmith-saved-')), 'memory');
  writeFileSync(file, Buffer.concat([head, data, Buffer.from(STREAM)]));
  return file;
}

const fresh = (id = 'b'): string =>
  domainXml(
    {
      ...machineOf('/b/iso', '/b/log'),
      firmware: { kind: 'efi', code: '/b/code', vars: '/b/vars', secureBoot: false },
      disks: [
        {
          id: 'disk0',
          path: '/b/disk0.qcow2',
          format: 'qcow2',
          interface: 'virtio',
          cache: 'unsafe',
          discard: 'unmap',
          detectZeroes: 'unmap',
        },
      ],
    },
    {
      name: `goldsmith-${id}`,
      uuid: '00000000-0000-4000-8000-000000000000',
      owner: { kind: 'build', id },
      console: { kind: 'sockets', vnc: '/b/vnc', serial: '/b/serial', serialLog: '/b/log' },
    },
  );

it('makes another machine of a saved one, in its place, and keeps what its memory fits', async () => {
  const file = saved(SAVED);
  const before = readFileSync(file);
  const xml = await renameSaved(file, fresh());
  const after = readFileSync(file);
  expect(after).toHaveLength(before.length);
  expect(after.subarray(-STREAM.length).toString()).toBe(STREAM);
  const notesAt = HEAD_BYTES + after.readUInt32LE(32);
  expect(after.subarray(HEAD_BYTES, notesAt).toString()).toBe(`${xml}\0`);
  expect(after.subarray(notesAt, notesAt + NOTES.length).toString()).toBe(NOTES);

  for (const kept of [
    '52:54:00:96:d2:ff',
    '>0131072<',
    'slot="0x01"',
    'qemu &amp; friends',
    'a&quot;b',
    'target dev="sda"',
  ]) {
    expect(xml).toContain(kept);
  }
  for (const its of [
    '<name>goldsmith-b<',
    '/b/disk0.qcow2',
    'type="qcow2"',
    '/b/serial',
    '/b/log',
    '/b/vnc',
    '/b/vars',
  ]) {
    expect(xml).toContain(its);
  }
  for (const gone of ['/a/', 'goldsmith-a', '1e68801f', 'backingStore', '<console', '/b/iso', '/b/code']) {
    expect(xml).not.toContain(gone);
  }
  expect(await renameSaved(file, fresh())).toBe(xml); // as often as wanted
});

it('refuses what libvirt did not write, or wrote in another way, and has no room for', async () => {
  await checkSaved(saved(SAVED));
  await expect(checkSaved(saved(SAVED, { magic: 'QEVM' }))).rejects.toMatchObject({ code: 'unsupported' });
  await expect(checkSaved(saved(SAVED, { version: 3 }))).rejects.toMatchObject({ code: 'unsupported' });
  await expect(renameSaved(saved(SAVED, { room: 0 }), fresh('b'.repeat(4000)))).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('room'),
  });
});
