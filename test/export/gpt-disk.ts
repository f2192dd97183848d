import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

const LINUX = Buffer.from('af3dc60f838472478e793d69d8477de4', 'hex');

/** A raw disk with a GPT in sectors of `sector` bytes and one partition, a little data at both ends, and holes between. */
export async function makeGptDisk(file: string, bytes: number, sector = 512): Promise<void> {
  const sectors = BigInt(bytes / sector);
  const tableSectors = BigInt(Math.ceil((128 * 128) / sector));
  const firstUsable = 2n + tableSectors;
  const lastUsable = sectors - tableSectors - 2n;
  const table = Buffer.alloc(128 * 128);
  LINUX.copy(table, 0);
  table.write('0123456789abcdef', 16, 'latin1');
  table.writeBigUInt64LE(2048n, 32);
  table.writeBigUInt64LE(lastUsable, 40);
  const header = (current: bigint, backup: bigint, entries: bigint): Buffer => {
    const block = Buffer.alloc(sector);
    block.write('EFI PART', 0, 'latin1');
    block.writeUInt32LE(0x10000, 8);
    block.writeUInt32LE(92, 12);
    block.writeBigUInt64LE(current, 24);
    block.writeBigUInt64LE(backup, 32);
    block.writeBigUInt64LE(firstUsable, 40);
    block.writeBigUInt64LE(lastUsable, 48);
    block.writeBigUInt64LE(entries, 72);
    block.writeUInt32LE(128, 80);
    block.writeUInt32LE(128, 84);
    block.writeUInt32LE(crc32(table), 88);
    block.writeUInt32LE(crc32(block.subarray(0, 92)), 16);
    return block;
  };
  const mbr = Buffer.alloc(512);
  mbr[450] = 0xee;
  mbr.writeUInt32LE(1, 454);
  mbr.writeUInt32LE(Math.min(Number(sectors - 1n), 0xffffffff), 458);
  mbr.writeUInt16LE(0xaa55, 510);
  const disk = await open(file, 'w');
  const put = (data: Buffer, at: bigint): Promise<unknown> => disk.write(data, 0, data.length, Number(at) * sector);
  await disk.truncate(bytes);
  await put(mbr, 0n);
  await put(header(1n, sectors - 1n, 2n), 1n);
  await put(table, 2n);
  await put(table, lastUsable + 1n);
  await put(header(sectors - 1n, 1n, lastUsable + 1n), sectors - 1n);
  for (let nth = 0n; nth < 300n && 2048n + nth * 200n < sectors - tableSectors - 70n; nth++) {
    await put(Buffer.from(`block ${nth} `.repeat(200)), 2048n + nth * 200n);
  }
  await disk.close();
}

/** The two headers of a GPT and whether each is right: checksums, and where the other one is. */
export async function checkGpt(file: string, bytes: number, sector = 512): Promise<boolean[]> {
  const disk = await open(file);
  const last = bytes / sector - 1;
  const checks = await Promise.all(
    [
      [1, last],
      [last, 1],
    ].map(async ([own = 0, other = 0]) => {
      const block = Buffer.alloc(512);
      await disk.read(block, 0, 512, own * sector);
      const crc = block.readUInt32LE(16);
      const table = Buffer.alloc(128 * 128);
      await disk.read(table, 0, table.length, Number(block.readBigUInt64LE(72)) * sector);
      const isPlaced = block.readBigUInt64LE(24) === BigInt(own) && block.readBigUInt64LE(32) === BigInt(other);
      block.writeUInt32LE(0, 16);
      return (
        block.toString('latin1', 0, 8) === 'EFI PART' &&
        crc32(block.subarray(0, 92)) === crc &&
        isPlaced &&
        crc32(table) === block.readUInt32LE(88)
      );
    }),
  );
  await disk.close();
  return checks;
}
