import { randomBytes } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { blockPacker, type PackBlock } from '../../core/export/deflate.ts';
import { findLibrary } from '../../core/host/library.ts';

const GRAIN_BYTES = 65_536;
const text = Buffer.from('what a disk mostly holds, '.repeat(4000)).subarray(0, GRAIN_BYTES);
const BLOCKS = {
  text,
  zeros: Buffer.alloc(GRAIN_BYTES),
  noise: randomBytes(GRAIN_BYTES),
  'one byte': Buffer.from('x'),
};

describe.each([
  ['libdeflate', findLibrary],
  ["Node's zlib", () => undefined],
])('blocks packed by %s', (_by, find) => {
  const packer: Promise<PackBlock> = blockPacker(find);

  it.each(Object.entries(BLOCKS))('are zlib streams: %s', async (_name, block) => {
    const packed = await (await packer)(block);
    expect(inflateSync(packed)).toEqual(block);
    expect(packed.length).toBeLessThan(block.length + 64);
  });

  it('are the same each time, however many at once', async () => {
    const pack = await packer;
    const all = await Promise.all(Array.from({ length: 48 }, () => pack(text)));
    expect(new Set(all.map(packed => packed.toString('hex'))).size).toBe(1);
  });
});

it('libdeflate is on this host: the set-up brings it', () => {
  expect(findLibrary('libdeflate')).toMatch(/libdeflate\.so\.0$/);
});
