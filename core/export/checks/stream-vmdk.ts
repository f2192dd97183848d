import type { FileHandle } from 'node:fs/promises';
import { fileSize } from '../extents.ts';
import { VMDK } from '../stream-vmdk.ts';
import { type Findings, findings, readAt, withFile } from './findings.ts';

/** A streamOptimized VMDK as vSphere reads it: header, footer, markers, and every grain where its table says. */
export async function checkStreamVmdk(file: string, virtualBytes: number): Promise<Findings> {
  const bytes = await fileSize(file);
  if (bytes % VMDK.sector !== 0 || bytes < 4 * VMDK.sector) return ['it was cut off: it is no whole number of sectors'];
  return withFile(file, async handle => {
    const header = await readAt(handle, 0, VMDK.sector);
    const footer = await readAt(handle, bytes - 2 * VMDK.sector, VMDK.sector);
    const footerMarker = await readAt(handle, bytes - 3 * VMDK.sector, VMDK.sector);
    const end = await readAt(handle, bytes - VMDK.sector, VMDK.sector);
    const found = findings([
      [header.toString('latin1', 0, 4) === 'KDMV', 'it does not start as a VMDK'],
      [header.readUInt32LE(4) === VMDK.version, 'its version is not 3'],
      [header.readUInt32LE(8) === VMDK.flags, 'its flags are not those of a compressed stream'],
      [header.readBigUInt64LE(12) * 512n === BigInt(virtualBytes), 'its capacity is not the size of the disk'],
      [header.readBigUInt64LE(20) === BigInt(VMDK.grainSectors), 'its grains are not of 64 KiB'],
      [header.readUInt32LE(44) === VMDK.tableEntries, 'its grain tables are not of 512 entries'],
      [header.toString('latin1', 73, 77) === '\n \r\n', 'its line ends were changed: it was sent as text'],
      [header.readUInt16LE(77) === VMDK.deflate, 'its grains are not compressed as the format says'],
      [header.readBigUInt64LE(56) === VMDK.atEnd, 'the header does not send to the footer'],
      [footerMarker.readUInt32LE(12) === 3, 'there is no footer marker'],
      [footer.toString('latin1', 0, 4) === 'KDMV', 'there is no footer'],
      [end.every(byte => byte === 0), 'there is no end-of-stream marker'],
    ]);
    if (found.length > 0) return found;
    const descriptor = checkDescriptor(await readAt(handle, VMDK.sector, VMDK.descriptorSectors * VMDK.sector));
    return descriptor.length > 0 ? descriptor : checkGrains(handle, footer, virtualBytes, bytes);
  });
}

/** What vSphere and VirtualBox go by (Virtual Disk Format 5.0, "The Descriptor"). */
function checkDescriptor(bytes: Buffer): Findings {
  const text = bytes.toString('latin1');
  return findings([
    [/^createType="streamOptimized"$/m.test(text), 'its descriptor does not say streamOptimized'],
    [/^parentCID=ffffffff$/m.test(text), 'its descriptor names a parent'],
    [/^RDONLY \d+ SPARSE "[^"/]+"$/m.test(text), 'its descriptor has no extent of its own'],
    [/^ddb\.adapterType = "(lsilogic|ide)"$/m.test(text), 'its descriptor names no adapter'],
    [/^ddb\.virtualHWVersion = "\d+"$/m.test(text), 'its descriptor names no hardware version'],
  ]);
}

async function checkGrains(handle: FileHandle, footer: Buffer, virtualBytes: number, bytes: number): Promise<Findings> {
  const perTable = VMDK.grainSectors * VMDK.sector * VMDK.tableEntries;
  const tables = Math.ceil(virtualBytes / perTable);
  const directory = await readAt(handle, Number(footer.readBigUInt64LE(56)) * VMDK.sector, tables * 4);
  for (let nth = 0; nth < tables; nth++) {
    const place = directory.readUInt32LE(nth * 4) * VMDK.sector;
    if (place === 0) continue;
    if (place >= bytes) return [`grain table ${nth} lies beyond its end`];
    const table = await readAt(handle, place, VMDK.tableEntries * 4);
    for (let entry = 0; entry < VMDK.tableEntries; entry++) {
      const sector = table.readUInt32LE(entry * 4);
      if (sector === 0) continue;
      const grain = await readAt(handle, sector * VMDK.sector, 12);
      const wanted = (nth * VMDK.tableEntries + entry) * VMDK.grainSectors;
      if (grain.readBigUInt64LE(0) !== BigInt(wanted))
        return [`the grain of sector ${wanted} is not where it should be`];
    }
  }
  return [];
}
