import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { ForeignFile, Places } from '../../../core/media/foreign/reader.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-places-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const BYTES = 128;
const BLOCK = 4;

/** Whether one byte is used by two, asked of each byte. */
function isShared(blocks: number[], tables: [from: number, length: number][]): boolean {
  const users = new Array<number>(BYTES + BLOCK).fill(0);
  const all: [number, number][] = [...tables, ...blocks.map(at => [at, BLOCK] as [number, number])];
  for (const [from, length] of all) for (let at = from; at < from + length; at++) users[at] = (users[at] ?? 0) + 1;
  return users.some(count => count > 1);
}

it('no byte of a foreign image is used by two, in whatever order its blocks and tables are found', async () => {
  writeFileSync(path.join(dir, 'image'), Buffer.alloc(BYTES));
  const file = await ForeignFile.open(path.join(dir, 'image'));
  const at = fc.integer({ min: 0, max: BYTES - BLOCK });
  const table = fc.tuple(at, fc.integer({ min: 1, max: BLOCK }));
  const some = { maxLength: 6 };
  fc.assert(
    fc.property(fc.array(at, some), fc.array(table, some), (blocks, tables) => {
      const places = new Places(file, 'blocks');
      const use = (): void => {
        for (const [from, length] of tables) places.reserve(from, length, 'a table');
        for (const block of blocks) places.add(block, 1);
        places.check(BLOCK);
      };
      if (isShared(blocks, tables)) expect(use).toThrow(/place/);
      else expect(use).not.toThrow();
    }),
    { numRuns: 2000 },
  );
  await file.close();
});
