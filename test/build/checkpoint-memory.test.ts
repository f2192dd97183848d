import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { applyDelta, writeDelta } from '../../core/build/checkpoint-memory.ts';

const MIB = 1024 * 1024;
const never = new AbortController().signal;

it('tells a memory by its differences from another, and makes it again', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-memory-'));
  const [base, memory, delta, again] = ['base', 'memory', 'delta', 'again'].map(name => path.join(dir, name)) as [
    string,
    string,
    string,
    string,
  ];
  const before = Buffer.concat([randomBytes(6 * MIB), Buffer.alloc(2 * MIB)]);
  const after = Buffer.from(before);
  after.fill(7, 4096, 4097); // one byte of a page
  after.fill(0, 3 * MIB, 3 * MIB + 8192); // pages that are free now
  randomBytes(5000).copy(after, 6 * MIB - 100); // over the end of what the base holds
  writeFileSync(base, before);
  writeFileSync(memory, Buffer.concat([after, Buffer.from('the end')]));
  truncateSync(base, 6 * MIB); // zeros at its end are not there at all

  await writeDelta(memory, base, delta, never);
  expect(statSync(delta).blocks * 512).toBeLessThan(100_000);
  await applyDelta(base, delta, again, never);
  expect(readFileSync(again).equals(readFileSync(memory))).toBe(true);
});
