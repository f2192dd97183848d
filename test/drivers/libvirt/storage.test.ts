import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { release } from '../../../core/build/release.ts';
import { Connection } from '../../../core/drivers/libvirt/connection.ts';
import { downloadVolume, openPool, uploadFile, volumeXml } from '../../../core/drivers/libvirt/storage.ts';
import { sha256File } from '../../../core/media/checksum.ts';
import { GoldsmithError } from '../../../core/model/failure.ts';
import { startLibvirt, type TestLibvirt } from './session.ts';

const MIB = 1024 * 1024;

let libvirt: TestLibvirt;
let connection: Connection;
let pool = '';
beforeAll(async () => {
  libvirt = await startLibvirt();
  connection = await Connection.open(libvirt.uri);
  pool = await openPool(connection, undefined, path.join(libvirt.dir, 'pool'));
});
afterAll(async () => {
  await connection.close();
  await libvirt.stop();
});

/** A sparse file: pieces of data with holes between. */
function sparseFile(name: string, sizeMiB: number, dataMiB: number, pieces: number): string {
  const file = path.join(libvirt.dir, name);
  const fd = openSync(file, 'w');
  ftruncateSync(fd, sizeMiB * MIB);
  const piece = randomBytes(MIB);
  const each = dataMiB / pieces;
  for (let nth = 0; nth < pieces; nth++) {
    const at = Math.floor((sizeMiB / pieces) * nth) * MIB;
    for (let one = 0; one < each; one++) writeSync(fd, piece, 0, MIB, at + one * MIB);
  }
  closeSync(fd);
  return file;
}

describe('volumes of libvirt', () => {
  it('lie in our own pool, which is made once', async () => {
    expect(pool).toBe('goldsmith');
    expect(await openPool(connection, undefined, path.join(libvirt.dir, 'pool'))).toBe('goldsmith');
    expect(existsSync(path.join(libvirt.dir, 'pool'))).toBe(true);
    await expect(openPool(connection, 'no-such-pool')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('take 8 GiB with 1 GiB used, moving little more than that, and give the same back', async () => {
    const file = sparseFile('big.raw', 8192, 1024, 16);
    const told: number[] = [];
    const startedAt = performance.now();
    const volume = await uploadFile(connection, pool, 'goldsmith-big', file, { onProgress: bytes => told.push(bytes) });
    const moved = told.at(-1) ?? 0;
    console.log(
      `8 GiB with 1 GiB used: ${(moved / MIB).toFixed(0)} MiB moved in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
    );
    expect(moved).toBeLessThan(1.1 * 1024 * MIB);
    expect(volume.capacityBytes).toBe(8192 * MIB);
    expect(volume.allocationBytes).toBeLessThan(1.1 * 1024 * MIB);
    const back = path.join(libvirt.dir, 'back.raw');
    await downloadVolume(connection, pool, 'goldsmith-big', back);
    expect(statSync(back).size).toBe(8192 * MIB);
    expect(statSync(back).blocks * 512).toBeLessThan(1.1 * 1024 * MIB);
    execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', file, back]);
    await connection.call('volumeDelete', pool, 'goldsmith-big');
  });

  it('take any bytes as they are, also none', async () => {
    for (const bytes of [0, 1, 511, 300_001]) {
      const file = path.join(libvirt.dir, `${bytes}.bin`);
      const fd = openSync(file, 'w');
      writeSync(fd, randomBytes(bytes));
      closeSync(fd);
      const name = `goldsmith-${bytes}`;
      await uploadFile(connection, pool, name, file);
      await downloadVolume(connection, pool, name, `${file}.back`);
      expect(await sha256File(`${file}.back`)).toBe(await sha256File(file));
      await connection.call('volumeDelete', pool, name);
    }
  });

  it('never take a name that is there, nor delete it', async () => {
    const file = sparseFile('small.raw', 1, 1, 1);
    const foreign = volumeXml({ name: 'goldsmith-theirs', format: 'qcow2', capacityBytes: MIB });
    await connection.call('volumeCreate', pool, foreign);
    await expect(uploadFile(connection, pool, 'goldsmith-theirs', file)).rejects.toMatchObject({ code: 'exists' });
    const names = (await connection.call('volumeList', pool)).map(({ name }) => name);
    expect(names).toEqual(['goldsmith-theirs']);
    expect(readFileSync(path.join(libvirt.dir, 'pool/goldsmith-theirs')).subarray(0, 3).toString()).toBe('QFI');
    await connection.call('volumeDelete', pool, 'goldsmith-theirs');
  });

  it('are given back by name after a crash, twice without harm, and no other with them', async () => {
    const file = sparseFile('held.raw', 1, 1, 1);
    for (const name of ['goldsmith-b-0123456789abcdef-disk0.raw', 'goldsmith-b-disk0.raw', 'goldsmith-b']) {
      await uploadFile(connection, pool, name, file);
    }
    const held = { kind: 'volume', uri: libvirt.uri, pool, name: 'goldsmith-b-0123456789abcdef-disk0.raw' } as const;
    await release(held);
    await release(held);
    const names = (await connection.call('volumeList', pool)).map(({ name }) => name);
    expect(names.sort()).toEqual(['goldsmith-b', 'goldsmith-b-disk0.raw']);
    for (const name of names) await connection.call('volumeDelete', pool, name);
  });

  it('leave nothing of an upload that was cancelled, or cut off with its daemon', async () => {
    const file = sparseFile('cut.raw', 600, 600, 1);
    const cancel = new AbortController();
    const cancelled = uploadFile(connection, pool, 'goldsmith-cut', file, {
      signal: cancel.signal,
      onProgress: () => cancel.abort(),
    });
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    expect(await connection.call('volumeList', pool)).toEqual([]);
    const cut = uploadFile(connection, pool, 'goldsmith-cut', file);
    cut.catch(() => {});
    await new Promise(resolve => setTimeout(resolve, 150));
    await libvirt.kill();
    await libvirt.restart();
    await expect(cut).rejects.toMatchObject({ name: 'GoldsmithError' });
    await openPool(connection, undefined, path.join(libvirt.dir, 'pool'));
    expect(await connection.call('volumeList', pool)).toEqual([]);
  });

  it('leave nothing of one that was made by a daemon that ended before it said so', async () => {
    const cut: Pick<Connection, 'call'> = {
      call: async (name, ...rest) => {
        const answer = await connection.call(name, ...rest);
        if (name === 'volumeCreate') throw new GoldsmithError('libvirt-failed', 'Cut off.');
        return answer;
      },
    };
    const file = sparseFile('made.raw', 1, 1, 1);
    await expect(uploadFile(cut as Connection, pool, 'goldsmith-made', file)).rejects.toThrow('Cut off.');
    expect(await connection.call('volumeList', pool)).toEqual([]);
  });

  it('stand on one another without copying, and grow', async () => {
    const base = await uploadFile(connection, pool, 'goldsmith-base', sparseFile('base.raw', 16, 1, 1));
    const overlay = { name: 'goldsmith-top', format: 'qcow2', capacityBytes: 16 * MIB } as const;
    const top = await connection.call(
      'volumeCreate',
      pool,
      volumeXml({ ...overlay, backing: { path: base.path, format: 'raw' } }),
    );
    expect(top.allocationBytes).toBeLessThan(MIB);
    await connection.call('volumeResize', pool, 'goldsmith-top', 32 * MIB);
    expect((await connection.call('volumeInfo', pool, 'goldsmith-top')).capacityBytes).toBe(32 * MIB);
    const chain = execFileSync('qemu-img', ['info', '--output=json', top.path], { encoding: 'utf8' });
    expect(JSON.parse(chain)).toMatchObject({ 'full-backing-filename': base.path, 'backing-filename-format': 'raw' });
  });
});
