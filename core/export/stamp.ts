import { type FileHandle, open } from 'node:fs/promises';
import { crc32c } from './crc32c.ts';
import { identityOf } from './identity.ts';
import { sealVhdFooter } from './vhd.ts';

/**
 * What qemu-img fills with random identifiers and the time of day gets values that follow from the release: the same
 * release gives the same bytes again.
 */

const VHD_FOOTER_BYTES = 512;

/** Identifier and time of a dynamic VHD: its footer, and the copy of it at the start. */
export const stampVhd = (file: string, seed: string, timeS: number): Promise<void> =>
  withFile(file, async (handle, bytes) => {
    const footer = await readAt(handle, bytes - VHD_FOOTER_BYTES, VHD_FOOTER_BYTES);
    sealVhdFooter(footer, seed, timeS);
    await handle.write(footer, 0, footer.length, 0);
    await handle.write(footer, 0, footer.length, bytes - VHD_FOOTER_BYTES);
  });

/** Places of [MS-VHDX] 2.2: the headers, and what each names. */
const VHDX = {
  headers: [64 * 1024, 128 * 1024],
  headerBytes: 4096,
  checksum: 4,
  sequence: 8,
  fileWrite: 16,
  dataWrite: 32,
  logBytes: 68,
  log: 72,
  regions: 192 * 1024,
  metadata: '06a27c8b90479a4bb8fe575f050f886e',
  identifier: 'ab12cabee6b2234593efc309e000c746',
} as const;

/** Identifiers of a VHDX, in its headers and its metadata; the log, of which nothing is needed any more, is emptied. */
export const stampVhdx = (file: string, seed: string): Promise<void> =>
  withFile(file, async handle => {
    for (const [nth, at] of VHDX.headers.entries()) {
      const header = await readAt(handle, at, VHDX.headerBytes);
      header.writeBigUInt64LE(BigInt(nth + 1), VHDX.sequence);
      identityOf(seed, 'vhdx file').copy(header, VHDX.fileWrite);
      identityOf(seed, 'vhdx data').copy(header, VHDX.dataWrite);
      header.writeUInt32LE(0, VHDX.checksum);
      header.writeUInt32LE(crc32c(header), VHDX.checksum);
      const log = Buffer.alloc(header.readUInt32LE(VHDX.logBytes));
      await handle.write(log, 0, log.length, Number(header.readBigUInt64LE(VHDX.log)));
      await handle.write(header, 0, header.length, at);
    }
    const identity = identityOf(seed, 'vhdx');
    await handle.write(identity, 0, identity.length, await placeOfIdentifier(handle));
  });

async function placeOfIdentifier(handle: FileHandle): Promise<number> {
  const regions = await readAt(handle, VHDX.regions, 4096);
  const region = entryOf(regions, 16, VHDX.metadata);
  const metadata = Number(regions.readBigUInt64LE(region + 16));
  const table = await readAt(handle, metadata, 4096);
  return metadata + table.readUInt32LE(entryOf(table, 32, VHDX.identifier) + 16);
}

/** Both tables have entries of 32 bytes that begin with a GUID. */
function entryOf(table: Buffer, from: number, guid: string): number {
  for (let at = from; at + 32 <= table.length; at += 32) if (table.toString('hex', at, at + 16) === guid) return at;
  throw new Error('qemu-img wrote a VHDX without an identifier');
}

/** Content identifier in the descriptor of a VMDK, which lies in its first sectors. */
export const stampVmdk = (file: string, seed: string): Promise<void> =>
  withFile(file, async handle => {
    const header = await readAt(handle, 0, 512);
    const at = Number(header.readBigUInt64LE(28)) * 512;
    const descriptor = await readAt(handle, at, Number(header.readBigUInt64LE(36)) * 512);
    const text = descriptor.toString('latin1'); // qemu-img writes no leading zeros
    const cid = identityOf(seed, 'vmdk').toString('hex', 0, 4);
    descriptor.write(text.replace(/^CID=[0-9a-f]{1,8}$/m, `CID=${cid}`), 'latin1');
    await handle.write(descriptor, 0, descriptor.length, at);
  });

async function withFile(file: string, act: (handle: FileHandle, bytes: number) => Promise<void>): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await act(handle, (await handle.stat()).size);
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  await handle.read(bytes, 0, length, at);
  return bytes;
}
