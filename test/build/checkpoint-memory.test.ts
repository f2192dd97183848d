import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { packMemory, unpackMemory } from '../../core/build/checkpoint-memory.ts';

const MIB = 1024 * 1024;
const never = new AbortController().signal;

/** Paths in a new folder. */
function paths<T extends string>(...names: T[]): Record<T, string> {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-memory-'));
  return Object.fromEntries(names.map(name => [name, path.join(dir, name)])) as Record<T, string>;
}

it('keeps a memory, and another by its differences, and makes both again', async () => {
  const { base, memory, first, second, again, scratch } = paths(
    'base',
    'memory',
    'first',
    'second',
    'again',
    'scratch',
  );
  const before = Buffer.concat([randomBytes(6 * MIB), Buffer.alloc(2 * MIB)]);
  const after = Buffer.from(before);
  after.fill(7, 4096, 4097); // one byte of a page
  after.fill(0, 3 * MIB, 3 * MIB + 8192); // pages that are free now
  randomBytes(5000).copy(after, 6 * MIB - 100); // over the end of what the base holds
  writeFileSync(base, before);
  writeFileSync(memory, Buffer.concat([after, Buffer.from('the end')]));
  truncateSync(base, 6 * MIB); // zeros at its end are not there at all

  await packMemory(base, undefined, first, scratch, never);
  await packMemory(memory, base, second, scratch, never);
  expect(statSync(second).size).toBeLessThan(50_000);

  await unpackMemory(first, again, scratch, never);
  expect(readFileSync(again).equals(readFileSync(base))).toBe(true);
  await unpackMemory(second, again, scratch, never);
  expect(readFileSync(again).equals(readFileSync(memory))).toBe(true);
  expect(readdirSync(path.dirname(scratch))).not.toContain('scratch');
});

it('leaves out what holds nothing', async () => {
  const { memory, packed, again, scratch } = paths('memory', 'packed', 'again', 'scratch');
  writeFileSync(memory, randomBytes(MIB));
  truncateSync(memory, 1024 * MIB);
  await packMemory(memory, undefined, packed, scratch, never);
  await unpackMemory(packed, again, scratch, never);
  expect(statSync(again).size).toBe(1024 * MIB);
  expect(statSync(again).blocks * 512).toBeLessThan(2 * MIB);
});

it('keeps one that has become shorter', async () => {
  const { base, memory, packed, scratch } = paths('base', 'memory', 'packed', 'scratch');
  writeFileSync(base, randomBytes(2 * MIB));
  copyFileSync(base, memory);
  truncateSync(memory, MIB);
  await packMemory(memory, base, packed, scratch, never);
  await unpackMemory(packed, base, scratch, never);
  expect(readFileSync(base).equals(readFileSync(memory))).toBe(true);
});

it('says when there is none', async () => {
  const { packed, memory, scratch } = paths('packed', 'memory', 'scratch');
  await expect(unpackMemory(packed, memory, scratch, never)).rejects.toThrow(/is not there/);
});
