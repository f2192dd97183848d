import { randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { keyBody, makeKeyPair } from '../../core/guest/keys.ts';
import { findSecrets } from '../../core/guest/leak-check.ts';
import { Needles, needlesOf } from '../../core/guest/needles.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-leak-'));
afterAll(() => rmSync(dir, { recursive: true }));

const MiB = 1024 * 1024;

/** A raw disk with holes, and these texts at these places. */
function disk(name: string, sizeMiB: number, parts: [offset: number, bytes: string | Buffer][]): string {
  const file = path.join(dir, name);
  const fd = openSync(file, 'w');
  ftruncateSync(fd, sizeMiB * MiB);
  for (const [offset, bytes] of parts) writeSync(fd, Buffer.from(bytes), 0, Buffer.byteLength(bytes), offset);
  closeSync(fd);
  return file;
}

it('finds a key wherever it lies, also across the pieces that are read, and passes over holes', async () => {
  const pair = makeKeyPair('build');
  const body = keyBody(pair.publicLine);
  const places = [0, 4 * MiB - 20, 8 * MiB - 1, 9_000_001, 4000 * MiB];
  const file = disk('keys', 8192, [
    [0, randomBytes(16 * MiB)],
    ...places.map((at): [number, string] => [at, `${body}\n`]),
  ]);
  const started = performance.now();
  expect(await findSecrets(file, [body])).toEqual(places.map(offset => ({ hint: 'AAAA...', offset })));
  expect(performance.now() - started).toBeLessThan(2000);
  expect(await findSecrets(file, [keyBody(makeKeyPair('other').publicLine)])).toEqual([]);
});

it('finds a secret inside base64, however it lies there', async () => {
  const secret = 'correct horse battery';
  const parts = ['', 'a', 'ab'].map((before, nth): [number, string] => [
    nth * MiB,
    Buffer.from(`${before}${secret} and more`).toString('base64'),
  ]);
  expect(await findSecrets(disk('base64', 4, parts), [secret])).toHaveLength(3);
});

it('takes no key of somebody else for ours, and searches no short words', async () => {
  const ours = makeKeyPair('ours').privateKey.split('\n');
  const file = disk('others', 4, [[100, `${makeKeyPair('theirs').privateKey}packer`]]);
  expect(await findSecrets(file, [...ours, 'packer'])).toEqual([]);
  const leaked = disk('ours', 4, [[100, ours.join('\n')]]);
  expect((await findSecrets(leaked, ours)).length).toBeGreaterThanOrEqual(2);
});

it('tells of many traces only the first ones, and never the secret', async () => {
  const secret = 'a-secret-of-the-build';
  const hits = await findSecrets(disk('many', 2, [[0, `${secret} `.repeat(500)]]), [secret]);
  expect(hits).toHaveLength(10);
  expect(JSON.stringify(hits)).not.toContain(secret);
});

it('says that a disk cannot be read', async () => {
  await expect(findSecrets(path.join(dir, 'none'), ['long enough to be'])).rejects.toMatchObject({
    code: 'program-failed',
  });
});

it('finds exactly what a plain search finds', () => {
  const bytes = fc.uint8Array({ minLength: 0, maxLength: 300, max: 3 });
  const strings = fc.array(fc.uint8Array({ minLength: 4, maxLength: 9, max: 3 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(bytes, strings, (hay, list) => {
      const buffer = Buffer.from(hay);
      const found = new Set<string>();
      const needles = list.map((needle, value) => ({ bytes: Buffer.from(needle), value }));
      new Needles(needles).search(buffer, (value, offset) => found.add(`${value}@${offset}`));
      const expected = new Set<string>();
      for (const { bytes: needle, value } of needles) {
        for (let at = buffer.indexOf(needle); at >= 0; at = buffer.indexOf(needle, at + 1))
          expected.add(`${value}@${at}`);
      }
      expect([...found].sort()).toEqual([...expected].sort());
    }),
    { numRuns: 500 },
  );
});

it('makes needles that base64 of any surroundings contains', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 12, maxLength: 40 }), fc.string(), fc.string(), (secret, before, after) => {
      const text = Buffer.from(before + secret + after).toString('base64');
      expect(needlesOf(secret, 0).some(({ bytes }) => text.includes(bytes.toString()))).toBe(true);
    }),
  );
});
